// Matchers side by side, as they are written.
import { Text } from "@/ui/text";

import styles from "./silences.module.css";

export const Matchers = ({ matchers }: { matchers: readonly string[] }) => (
  <ul className={styles.matchers} aria-label="What it covers">
    {matchers.map((matcher) => (
      <li key={matcher}><Text mono>{matcher}</Text></li>
    ))}
  </ul>
);
