// A word with a tone and a sign; the colour only repeats what the word says.
import type { ReactNode } from "react";

import styles from "./badge.module.css";
import { Icon, type IconName } from "./icon";

export type Tone = "critical" | "warning" | "info" | "good" | "doubt" | "neutral";

interface Props {
  tone: Tone;
  icon: IconName;
  children: ReactNode;
  /** A filled badge shouts; one per screen. */
  loud?: boolean;
}

export const Badge = ({ tone, icon, children, loud = false }: Props) => (
  <span className={styles.badge} data-tone={tone} data-loud={loud || undefined}>
    <Icon name={icon} size={12} />
    {children}
  </span>
);
