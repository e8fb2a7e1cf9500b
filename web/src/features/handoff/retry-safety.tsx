// May it be done again? The verdict, why, and what to look at first where nobody can know.
import type { Handoff } from "@/api/contract";
import { count, counted } from "@/lib/quantity";
import { Badge, type Tone } from "@/ui/badge";
import { Disclosure } from "@/ui/disclosure";
import type { IconName } from "@/ui/icon";
import { Text } from "@/ui/text";

import { IdList } from "./id-list";
import styles from "./handoff.module.css";

type RetrySafety = NonNullable<Handoff["retry_safety"]>;

const LOOK: Readonly<Record<RetrySafety["verdict"], { tone: Tone; icon: IconName; words: string }>> = {
  safe: { tone: "good", icon: "tick", words: "Safe to retry" },
  safe_for_items: { tone: "good", icon: "tick", words: "Safe to retry for these items" },
  unsafe: { tone: "critical", icon: "cross", words: "Do not retry: it would duplicate" },
  unknown: { tone: "doubt", icon: "question", words: "Unknown: check first" },
};

export const RetrySafetyLine = ({ retry }: { retry: RetrySafety }) => {
  const { tone, icon, words } = LOOK[retry.verdict];
  return (
    <div className={styles.part}>
      <p>
        <Badge tone={tone} icon={icon}>{words}</Badge>
      </p>
      <p><Text>{retry.reason}</Text></p>
      {retry.check_first ? (
        <p>
          <b>Check first:</b> <Text>{retry.check_first}</Text>
        </p>
      ) : null}
      {retry.item_ids.length === 0 ? null : (
        <Disclosure summary={`${counted(retry.item_count, "item")} to retry`}>
          {() => <IdList ids={retry.item_ids} of={retry.item_count} />}
        </Disclosure>
      )}
      {retry.item_count > 0 && retry.item_ids.length === 0 ? <p className="quiet">{count(retry.item_count)} items.</p> : null}
    </div>
  );
};
