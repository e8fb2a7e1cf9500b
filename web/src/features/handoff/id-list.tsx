// The first ids of a set, how many more there are, and a way to take them along.
import { Button, CopyButton } from "@mantine/core";

import { count, counted } from "@/lib/quantity";
import { Text } from "@/ui/text";

import styles from "./id-list.module.css";

interface Props {
  ids: readonly string[];
  of: number;
  /** What the ids name, for the button: "items left to do". */
  what: string;
}

export const IdList = ({ ids, of, what }: Props) => (
  <>
    <ul className={styles.ids} tabIndex={0} aria-label={`Ids of ${what}`}>
      {ids.map((id) => (
        <li key={id}>
          <Text mono>{id}</Text>
        </li>
      ))}
    </ul>
    <p className={styles.foot}>
      {ids.length === 0 ? <span className="quiet">Their ids are not known.</span> : null}
      {ids.length > 0 && of > ids.length ? <span className="quiet">and {count(of - ids.length)} more</span> : null}
      {ids.length > 0 ? (
        <CopyButton value={ids.join("\n")}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? "Copied" : `Copy ${counted(ids.length, "id")}`}
              <span className="visually-hidden"> of {what}</span>
            </Button>
          )}
        </CopyButton>
      ) : null}
    </p>
  </>
);
