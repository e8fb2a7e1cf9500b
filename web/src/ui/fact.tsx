// One named value above another: label small, value readable. A null value reads "unknown".
import type { ReactNode } from "react";

import styles from "./fact.module.css";
import { Unknown } from "./unknown";

interface Props {
  label: string;
  children: ReactNode;
  /** Takes two columns of a `Facts` grid. */
  wide?: boolean;
}

export const Fact = ({ label, children, wide = false }: Props) => (
  <div className={styles.fact} data-wide={wide || undefined}>
    <dt>{label}</dt>
    <dd>{children ?? <Unknown />}</dd>
  </div>
);

export const Facts = ({ children }: { children: ReactNode }) => <dl className={styles.facts}>{children}</dl>;
