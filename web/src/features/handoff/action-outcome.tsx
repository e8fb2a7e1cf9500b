// How an act ended, or how far it is, right where it was asked for.
import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";

import type { ActionRecord } from "@/api/contract";
import { sentence } from "@/lib/sentence";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./action-outcome.module.css";
import { ActionStateBadge } from "./action-state-badge";

interface Props {
  record: ActionRecord;
  /** It was done before anybody asked now. */
  before: boolean;
  onClose: () => void;
}

export const ActionOutcome = ({ record, before, onClose }: Props) => {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus(), []);
  return (
    <div className={styles.outcome}>
      <p role="status">
        <ActionStateBadge state={record.state} />{" "}
        {before ? (
          <>
            It was asked for before, by <Text>{record.by}</Text>, <TimeAgo at={record.at} />. Asking again changes nothing.
          </>
        ) : null}
        {record.state === "intended" || record.state === "running" ? " It goes on without this page; how it ends is shown below." : null}
        {record.result === null ? null : (
          <>
            {" "}
            <Text>{sentence(record.result)}</Text>
          </>
        )}
      </p>
      <div>
        <Button ref={close} size="sm" variant="default" onClick={onClose}>
          Close
        </Button>
      </div>
    </div>
  );
};
