// One of a few, kept in the URL: links that look like a switch.
import type { ReactNode } from "react";

import styles from "./choice-links.module.css";

/** Several of them side by side. */
export const ChoiceGroups = ({ children }: { children: ReactNode }) => <div className={styles.groups}>{children}</div>;

/** Its children are router links; the chosen one carries `aria-current`. */
export const ChoiceLinks = ({ label, children }: { label: string; children: ReactNode }) => (
  <nav aria-label={label} className={styles.choices}>
    {children}
  </nav>
);
