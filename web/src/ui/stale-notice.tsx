// Older data is shown because the newest request failed: say so, and since when.
import { relative, utcClock } from "@/lib/instant";
import { useNow } from "@/lib/use-now";

import { Icon } from "./icon";
import styles from "./notice.module.css";
import { Text } from "./text";

export const StaleNotice = ({ updatedMs, error }: { updatedMs: number; error: Error }) => {
  const now = useNow();
  
  return (
    <div className={styles.stale} role="status">
      <strong>
        <Icon name="clock" size={13} /> Not fresh: this is from {utcClock(updatedMs)}, {relative(updatedMs, now)}.
      </strong>
      <Text>{error.message}</Text>
    </div>
  );
};
