// What is known good, known bad, unknown and unaffected, with the proof each rests on.
import type { Handoff } from "@/api/contract";
import { count } from "@/lib/quantity";
import type { Tone } from "@/ui/badge";
import { Disclosure } from "@/ui/disclosure";
import { Icon, type IconName } from "@/ui/icon";
import { Instant } from "@/ui/instant";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

import { IdList } from "./id-list";
import styles from "./handoff.module.css";

type Boundary = NonNullable<Handoff["boundary"]>;
type PartName = "known_good" | "known_bad" | "unknown" | "unaffected";

const PARTS: readonly { name: PartName; label: string; tone: Tone; icon: IconName }[] = [
  { name: "known_good", label: "Known good", tone: "good", icon: "tick" },
  { name: "known_bad", label: "Known bad", tone: "critical", icon: "cross" },
  { name: "unknown", label: "Unknown", tone: "doubt", icon: "question" },
  { name: "unaffected", label: "Unaffected", tone: "neutral", icon: "ring" },
];

export const ConfidenceBoundary = ({ boundary }: { boundary: Boundary }) => (
  <div className={styles.part}>
    <dl className={styles.boundary}>
      {PARTS.map(({ name, label, tone, icon }) => {
        const part = boundary[name];
        return (
          <div key={name} className={styles.cell} data-tone={tone}>
            <dt>
              <Icon name={icon} size={12} /> {label}
            </dt>
            <dd className={styles.count}>{count(part.count) ?? <Unknown />}</dd>
            <dd className={styles.says}>
              <Text>{part.says}</Text>
              {part.ids.length === 0 ? null : (
                <Disclosure summary="which">{() => <IdList ids={part.ids} of={part.count ?? part.ids.length} />}</Disclosure>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
    <p>
      Newest time at which output is known to be right:{" "}
      {boundary.newest_correct_at == null ? <Unknown /> : <Instant at={boundary.newest_correct_at} />}
    </p>
  </div>
);
