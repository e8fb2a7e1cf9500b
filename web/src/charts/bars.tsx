// Counts of a few kinds, longest first as they come: a bar, its name and its number.
import { count } from "@/lib/quantity";
import { visible } from "@/lib/visible-text";

import styles from "./bars.module.css";

export interface Bar {
  label: string;
  value: number;
  tone?: "critical" | "good" | "neutral";
}

export const Bars = ({ title, bars }: { title: string; bars: readonly Bar[] }) => {
  const max = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <ul className={styles.bars} aria-label={title}>
      {bars.map(({ label, value, tone = "neutral" }) => (
        <li key={label} className={styles.bar} data-tone={tone}>
          <bdi className={styles.label}>{visible(label)}</bdi>
          <span className={styles.track} aria-hidden="true">
            <span className={styles.fill} style={{ width: `${(value / max) * 100}%` }} />
          </span>
          <span className={styles.value}>{count(value)}</span>
        </li>
      ))}
    </ul>
  );
};
