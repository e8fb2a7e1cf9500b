// Everything that whoever takes an incident needs, in the order it is needed: may I, what is known, what can I do.
import { useState } from "react";

import type { ActionRecord, Handoff as Known } from "@/api/contract";
import { Stack } from "@/ui/columns";

import { ActionHistory } from "./action-history";
import { typedAs, type Typed } from "./action-values";
import { Actions, type Opened } from "./actions";
import { ConfidenceBoundary } from "./confidence-boundary";
import styles from "./handoff.module.css";
import { RetrySafety } from "./retry-safety";
import { UserNotice } from "./user-notice";

export const Handoff = ({ incidentId, handoff }: { incidentId: string; handoff: Known }) => {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [left, setLeft] = useState<string | null>(null);
  const { retry_safety, boundary, user_notice, actions, history } = handoff;
  const open = (name: string, typed: Typed = {}): void => setOpened({ name, typed, time: (opened?.time ?? 0) + 1 });
  const leave = (): void => {
    setLeft(opened?.name ?? null);
    setOpened(null);
  };
  const takeBack = (record: ActionRecord): void => {
    if (record.undo !== null) open(record.undo, typedAs(record));
  };
  return (
    <div className={styles.handoff}>
      {retry_safety ? <RetrySafety retry={retry_safety} /> : null}
      <div className={styles.known}>
        <Stack>
          {boundary ? <ConfidenceBoundary boundary={boundary} /> : null}
          {history.length > 0 ? <ActionHistory history={history} known={actions.map(({ name }) => name)} onTakeBack={takeBack} /> : null}
        </Stack>
      </div>
      <Stack>
        {actions.length > 0 ? (
          <Actions incidentId={incidentId} actions={actions} history={history} opened={opened} left={left} onOpen={open} onClose={leave} />
        ) : null}
        {user_notice ? <UserNotice text={user_notice} /> : null}
      </Stack>
    </div>
  );
};
