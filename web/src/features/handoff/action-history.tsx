// What was done about an incident, by whom, how it ended, and what may be taken back.
import { Button } from "@mantine/core";

import type { ActionRecord } from "@/api/contract";
import { count, counted } from "@/lib/quantity";
import { sentence } from "@/lib/sentence";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { Timeline } from "@/ui/timeline";

import styles from "./action-history.module.css";
import { ACTION_LOOK, ActionStateBadge } from "./action-state-badge";

/** Whether an act may be taken back now: something does that, it may have been done, and nobody did so yet. */
export const canBeTakenBack = ({ undo, undone_by, state }: ActionRecord, known: readonly string[]): boolean =>
  undo !== null && undone_by === null && (state === "succeeded" || state === "unknown") && known.includes(undo);

const shown = (value: ActionRecord["parameters"][string]): string =>
  Array.isArray(value) ? counted(value.length, "item") : typeof value === "number" ? (count(value) ?? "") : String(value);

const Parameters = ({ parameters }: Pick<ActionRecord, "parameters">) => (
  <>
    {Object.entries(parameters).map(([name, value]) => (
      <span key={name} className={styles.parameter}>
        <Text mono>{name}</Text> <Text>{shown(value)}</Text>
      </span>
    ))}
  </>
);

interface Props {
  history: readonly ActionRecord[];
  /** Names of the actions that are declared. */
  known: readonly string[];
  onTakeBack: (record: ActionRecord) => void;
}

export const ActionHistory = ({ history, known, onTakeBack }: Props) => (
  <Section title="What was done" side="oldest first">
    <Timeline
      moments={history.map((record) => ({
        key: record.id,
        at: record.at,
        ...ACTION_LOOK[record.state],
        what: (
          <>
            <Text mono>{record.action}</Text> <ActionStateBadge state={record.state} /> <Parameters parameters={record.parameters} />
          </>
        ),
        note: (
          <>
            by <Text>{record.by}</Text>
            {record.tries > 1 ? `, tried ${counted(record.tries, "time")}` : ""}
            {record.forced ? ", although something spoke against it" : ""}
            {record.undone_by === null ? "" : ", taken back since"}
            {record.undo_of === null ? "" : ", takes back an earlier act"}
            {record.result === null ? null : <>. <Text>{sentence(record.result)}</Text></>}
            {canBeTakenBack(record, known) ? (
              <span className={styles.back}>
                <Button size="compact-sm" variant="default" onClick={() => onTakeBack(record)} aria-label={`Take back ${record.action}`}>
                  Take back
                </Button>
              </span>
            ) : null}
          </>
        ),
      }))}
    />
  </Section>
);
