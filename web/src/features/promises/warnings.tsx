// What is weak about a promise as it is declared, said before it matters.
import { sentence } from "@/lib/sentence";
import { Icon } from "@/ui/icon";
import { Text } from "@/ui/text";

import styles from "./warnings.module.css";

export const Warnings = ({ warnings }: { warnings: readonly string[] }) => (
  <ul className={styles.warnings} aria-label="Weak points">
    {warnings.map((warning) => (
      <li key={warning} className={styles.warning}>
        <Icon name="triangle" size={13} />
        <span>
          <Text>{`${sentence(warning)}.`}</Text>
        </span>
      </li>
    ))}
  </ul>
);
