// What is weak about a promise, said before it matters.
import { Icon } from "@/ui/icon";
import { Text } from "@/ui/text";

import styles from "./warnings.module.css";

export const Warnings = ({ warnings }: { warnings: readonly string[] }) =>
  warnings.length === 0 ? null : (
    <ul className={styles.warnings} aria-label="Warnings">
      {warnings.map((warning) => (
        <li key={warning} className={styles.warning}>
          <Icon name="triangle" size={13} /> <Text>{warning}</Text>
        </li>
      ))}
    </ul>
  );
