// Label and value side by side, one fact a line.
import type { ReactNode } from "react";

import styles from "./fact-table.module.css";
import { Unknown } from "./unknown";

export interface FactLine {
  key: string;
  label: ReactNode;
  /** Null reads "unknown". */
  value: ReactNode;
}

export const FactTable = ({ lines }: { lines: readonly FactLine[] }) => (
  <dl className={styles.table}>
    {lines.map(({ key, label, value }) => (
      <div key={key} className={styles.line}>
        <dt>{label}</dt>
        <dd>{value ?? <Unknown />}</dd>
      </div>
    ))}
  </dl>
);
