// What is known good, known bad, unknown and unaffected, and what each rests on.
import type { Handoff } from "@/api/contract";
import { count } from "@/lib/quantity";
import type { Tone } from "@/ui/badge";
import { Disclosure } from "@/ui/disclosure";
import { Icon, type IconName } from "@/ui/icon";
import { Instant } from "@/ui/instant";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

import styles from "./confidence-boundary.module.css";
import { IdList } from "./id-list";

type Boundary = NonNullable<Handoff["boundary"]>;
type PartName = "known_good" | "known_bad" | "unknown" | "unaffected";

const PARTS: readonly { name: PartName; label: string; tone: Tone; icon: IconName }[] = [
  { name: "known_good", label: "Known good", tone: "good", icon: "tick" },
  { name: "known_bad", label: "Known bad", tone: "critical", icon: "cross" },
  { name: "unknown", label: "Unknown", tone: "doubt", icon: "question" },
  { name: "unaffected", label: "Unaffected", tone: "neutral", icon: "ring" },
];

export const ConfidenceBoundary = ({ boundary }: { boundary: Boundary }) => (
  <Section title="What is known" side={`counted in ${boundary.unit}`} flush>
    <dl className={styles.boundary}>
      {PARTS.map(({ name, label, tone, icon }) => {
        const part = boundary[name];
        return (
          <div key={name} className={styles.part} data-tone={part.count === 0 ? "neutral" : tone}>
            <dt>
              <Icon name={icon} size={12} /> {label}
            </dt>
            <dd className={styles.count}>{count(part.count) ?? <Unknown word="not counted" />}</dd>
            <dd className={styles.says}>
              <Text>{part.says}</Text>
              {part.ids.length === 0 ? null : (
                <Disclosure summary={`which ${boundary.unit}`}>
                  {() => <IdList ids={part.ids} of={part.count ?? part.ids.length} what={`${label.toLowerCase()} ${boundary.unit}`} />}
                </Disclosure>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
    <p className={styles.newest}>
      Newest output known to be right:{" "}
      {boundary.newest_correct_at == null ? <span className="quiet">none was ever proven</span> : <Instant at={boundary.newest_correct_at} />}
    </p>
  </Section>
);
