// How many items were given up, and why.
import type { LaneBalance } from "@/api/contract";
import { count } from "@/lib/quantity";
import { Text } from "@/ui/text";

import styles from "./conservation.module.css";

export const Dropped = ({ dropped }: Pick<LaneBalance, "dropped">) => {
  const total = dropped.reduce((sum, each) => sum + each.count, 0);
  return (
    <>
      {count(total)}
      {dropped.length === 0 ? null : (
        <ul className={styles.reasons}>
          {dropped.map((each) => (
            <li key={each.reason}>
              {count(each.count)} <Text>{each.reason.replaceAll("_", " ")}</Text>
            </li>
          ))}
        </ul>
      )}
    </>
  );
};
