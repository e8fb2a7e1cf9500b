// A titled part of a page.
import { useId, type ReactNode } from "react";

import styles from "./section.module.css";

interface Props {
  title: ReactNode;
  /** To the right of the title: a count, a link. */
  side?: ReactNode;
  /** Content brings its own padding, such as a table to the edges. */
  flush?: boolean;
  children: ReactNode;
}

export const Section = ({ title, side, flush = false, children }: Props) => {
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles.section}>
      <div className={styles.head}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {side ? <div className={styles.side}>{side}</div> : null}
      </div>
      <div className={flush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
};
