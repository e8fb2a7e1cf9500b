// What a responder may do, as the promise declares it, and what was done so far.
import type { ActionRecord, ActionView, Handoff } from "@/api/contract";
import { Badge, type Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";
import { Text } from "@/ui/text";
import { Timeline } from "@/ui/timeline";

import { ActionForm } from "./action-form";
import styles from "./handoff.module.css";

const LOOK: Readonly<Record<ActionRecord["state"], { tone: Tone; icon: IconName }>> = {
  intended: { tone: "neutral", icon: "dots" },
  running: { tone: "info", icon: "clock" },
  succeeded: { tone: "good", icon: "tick" },
  failed: { tone: "critical", icon: "cross" },
  unknown: { tone: "doubt", icon: "question" },
};

const KINDS: Readonly<Record<ActionView["kind"], string>> = {
  retry: "retry",
  revalidate: "revalidate",
  suppress: "suppress output",
  notify_users: "notify users",
};

export const Actions = ({ incidentId, actions }: { incidentId: string; actions: Handoff["actions"] }) => (
  <ul className={styles.actions}>
    {actions.map((action) => (
      <li key={action.name} className={styles.action}>
        <p>
          <b><Text mono>{action.name}</Text></b> <span className="quiet">{KINDS[action.kind]}{action.undo == null ? ", cannot be taken back" : <>, taken back by <Text mono>{action.undo}</Text></>}</span>
        </p>
        <p><Text>{action.describes}</Text></p>
        <ActionForm incidentId={incidentId} action={action} />
      </li>
    ))}
  </ul>
);

export const ActionHistory = ({ history }: { history: readonly ActionRecord[] }) => (
  <Timeline
    moments={history.map((done) => ({
      key: done.id,
      at: done.at,
      ...LOOK[done.state],
      what: (
        <>
          <Text mono>{done.action}</Text> <Badge {...LOOK[done.state]}>{done.state}</Badge>
        </>
      ),
      note: (
        <>
          by <Text>{done.by}</Text>
          {done.result == null ? null : <>: <Text>{done.result}</Text></>}
        </>
      ),
    }))}
  />
);
