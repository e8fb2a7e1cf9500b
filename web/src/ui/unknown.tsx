// What stands where a value isn't known: never 0, never blank.
import styles from "./unknown.module.css";

export const Unknown = ({ word = "unknown" }: { word?: "unknown" | "no data" | "none" | "not counted" }) => (
  <span className={styles.unknown}>{word}</span>
);
