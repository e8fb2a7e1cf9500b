// What happened, oldest first.
import type { ReactNode } from "react";

import type { Tone } from "./badge";
import { Icon, type IconName } from "./icon";
import { Instant } from "./instant";
import styles from "./timeline.module.css";

export interface Moment {
  key: string;
  at: string;
  icon: IconName;
  tone: Tone;
  what: ReactNode;
  note?: ReactNode;
}

export const Timeline = ({ moments }: { moments: readonly Moment[] }) => (
  <ol className={styles.timeline}>
    {moments.map(({ key, at, icon, tone, what, note }) => (
      <li key={key} className={styles.moment} data-tone={tone}>
        <span className={styles.mark}>
          <Icon name={icon} size={11} />
        </span>
        <div className={styles.words}>
          <p>{what}</p>
          <p className={styles.note}>
            <Instant at={at} clock />
            {note ? <> · {note}</> : null}
          </p>
        </div>
      </li>
    ))}
  </ol>
);
