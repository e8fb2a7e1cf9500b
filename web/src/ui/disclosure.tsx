// More, one press away. What is closed isn't there: nothing hidden takes the keyboard or the search.
import { useId, useState, type ReactNode } from "react";

import styles from "./disclosure.module.css";

interface Props {
  summary: ReactNode;
  children: () => ReactNode;
}

export const Disclosure = ({ summary, children }: Props) => {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div>
      <button
        type="button"
        className={styles.summary}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <span className={styles.mark} aria-hidden="true" />
        <span>{summary}</span>
      </button>
      {open ? (
        <div id={id} className={styles.body}>
          {children()}
        </div>
      ) : null}
    </div>
  );
};
