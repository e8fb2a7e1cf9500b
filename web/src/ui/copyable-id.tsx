// An id to read and to take along: shown whole, copied by a button that says so.
import { CopyButton, Tooltip } from "@mantine/core";

import { visible } from "@/lib/visible-text";

import styles from "./copyable-id.module.css";
import { Icon } from "./icon";
import { Text } from "./text";
import { Unknown } from "./unknown";

interface Props {
  id: string | null | undefined;
  /** What the id names, for the button's label: "request id". */
  what: string;
}

export const CopyableId = ({ id, what }: Props) => {
  if (id == null || id === "") return <Unknown />;
  return (
    <span className={styles.id}>
      <Text mono>{id}</Text>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? "Copied" : `Copy ${what}`} events={{ hover: true, focus: true, touch: false }}>
            <button type="button" className={styles.button} onClick={copy} aria-label={`Copy ${what} ${visible(id)}`}>
              <Icon name={copied ? "tick" : "copy"} size={12} />
              <span className="visually-hidden" role="status">
                {copied ? "Copied" : ""}
              </span>
            </button>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
};
