// The first ids of a set, and how many more there are.
import { count } from "@/lib/quantity";
import { Text } from "@/ui/text";

import styles from "./handoff.module.css";

export const IdList = ({ ids, of }: { ids: readonly string[]; of: number }) => (
  <>
    <ul className={styles.ids}>
      {ids.map((id) => (
        <li key={id}>
          <Text mono>{id}</Text>
        </li>
      ))}
    </ul>
    {of > ids.length ? <p className="quiet">and {count(of - ids.length)} more</p> : null}
  </>
);
