// Parts of a page side by side where there is room.
import type { ReactNode } from "react";

import styles from "./columns.module.css";

/** `main` gives the first column more room. */
export const Columns = ({ children, main = false }: { children: ReactNode; main?: boolean }) => (
  <div className={styles.columns} data-main={main || undefined}>
    {children}
  </div>
);

export const Stack = ({ children }: { children: ReactNode }) => <div className={styles.stack}>{children}</div>;

/** A stack of `li`. */
export const ListStack = ({ children }: { children: ReactNode }) => <ul className={styles.stack}>{children}</ul>;
