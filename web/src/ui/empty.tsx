// Nothing to show, said plainly, with what to do next.
import type { ReactNode } from "react";

import styles from "./notice.module.css";

export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className={styles.empty}>
    <p className={styles.title}>{title}</p>
    {children ? <div className={styles.text}>{children}</div> : null}
  </div>
);
