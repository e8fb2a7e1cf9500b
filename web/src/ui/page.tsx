// The frame of every page: one h1, what it is about, and the name of the browser tab.
import { useEffect, type ReactNode } from "react";

import { visible } from "@/lib/visible-text";

import styles from "./page.module.css";

interface Props {
  title: string;
  /** Where this page hangs, as links; the page itself is left out. */
  trail?: ReactNode;
  /** The pages beside this one, as a switch. */
  neighbours?: ReactNode;
  /** One line below the title. */
  lead?: ReactNode;
  /** To the right of the title. */
  side?: ReactNode;
  children: ReactNode;
}

export const Page = ({ title, trail, neighbours, lead, side, children }: Props) => {
  const shown = visible(title);
  useEffect(() => {
    document.title = `${shown} · Outproof`;
  }, [shown]);
  return (
    <div className={styles.page}>
      {trail ? (
        <nav aria-label="Breadcrumb" className={styles.trail}>
          {trail}
        </nav>
      ) : null}
      {neighbours ? <div>{neighbours}</div> : null}
      <header className={styles.head}>
        <div className={styles.titles}>
          <h1 className={styles.title}>
            <bdi>{shown}</bdi>
          </h1>
          {lead ? <p className={styles.lead}>{lead}</p> : null}
        </div>
        {side ? <div className={styles.side}>{side}</div> : null}
      </header>
      {children}
    </div>
  );
};
