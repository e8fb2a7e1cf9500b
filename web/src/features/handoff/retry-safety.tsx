// May it be done again? The verdict, why, and what to look at first where nobody can know.
import type { Handoff } from "@/api/contract";
import { counted } from "@/lib/quantity";
import { sentence } from "@/lib/sentence";
import type { Tone } from "@/ui/badge";
import { Disclosure } from "@/ui/disclosure";
import { Icon, type IconName } from "@/ui/icon";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import { IdList } from "./id-list";
import styles from "./retry-safety.module.css";

type Safety = NonNullable<Handoff["retry_safety"]>;

const LOOK: Readonly<Record<Safety["verdict"], { tone: Tone; icon: IconName; words: string }>> = {
  safe: { tone: "good", icon: "tick", words: "Safe to do again" },
  safe_for_items: { tone: "good", icon: "tick", words: "Safe for these items only" },
  unsafe: { tone: "critical", icon: "cross", words: "Do not do it again: it would duplicate" },
  unknown: { tone: "doubt", icon: "question", words: "Nobody knows yet: check first" },
};

export const RetrySafety = ({ retry }: { retry: Safety }) => {
  const { tone, icon, words } = LOOK[retry.verdict];
  return (
    <Section title="May it be done again?">
      <div className={styles.safety} data-tone={tone}>
        <p className={styles.verdict}>
          <Icon name={icon} size={15} /> {words}
        </p>
        <p>
          <Text>{`${sentence(retry.reason)}.`}</Text>
        </p>
        {retry.check_first ? (
          <p className={styles.check}>
            <b>Check first:</b> <Text>{retry.check_first}</Text>
          </p>
        ) : null}
        {retry.item_count > 0 ? (
          <Disclosure summary={`${counted(retry.item_count, "item")} left to do`}>
            {() => <IdList ids={retry.item_ids} of={retry.item_count} what="items left to do" />}
          </Disclosure>
        ) : null}
      </div>
    </Section>
  );
};
