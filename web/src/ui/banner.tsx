// What changes how everything below it is to be read: a drill, a configuration that isn't in force, an open incident.
import type { ReactNode } from "react";

import type { Tone } from "./badge";
import styles from "./banner.module.css";
import { Icon, type IconName } from "./icon";

interface Props {
  tone: Exclude<Tone, "good" | "neutral">;
  icon: IconName;
  title: ReactNode;
  children?: ReactNode;
}

export const Banner = ({ tone, icon, title, children }: Props) => (
  <div className={styles.banner} data-tone={tone}>
    <p className={styles.title}>
      <Icon name={icon} size={14} /> <span>{title}</span>
    </p>
    {children ? <div className={styles.text}>{children}</div> : null}
  </div>
);
