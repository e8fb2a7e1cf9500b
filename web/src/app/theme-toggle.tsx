// Light, dark, or as the system has it.
import { useMantineColorScheme, type MantineColorScheme } from "@mantine/core";

import { Icon, type IconName } from "@/ui/icon";

import styles from "./theme-toggle.module.css";

const NEXT: Readonly<Record<MantineColorScheme, { next: MantineColorScheme; icon: IconName; label: string }>> = {
  auto: { next: "light", icon: "half", label: "Colours follow the system; change to light" },
  light: { next: "dark", icon: "sun", label: "Colours are light; change to dark" },
  dark: { next: "auto", icon: "moon", label: "Colours are dark; follow the system" },
};

export const ThemeToggle = () => {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { next, icon, label } = NEXT[colorScheme];
  return (
    <button type="button" className={styles.toggle} onClick={() => setColorScheme(next)} aria-label={label} title={label}>
      <Icon name={icon} size={15} />
    </button>
  );
};
