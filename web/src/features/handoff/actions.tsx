// What a responder may do, as the promise declares it; one at a time is open.
import { Button } from "@mantine/core";

import type { ActionRecord, ActionView } from "@/api/contract";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import { ActionForm } from "./action-form";
import type { Typed } from "./action-values";
import styles from "./actions.module.css";

/** The action that is open, and the values it begins with. */
export interface Opened {
  name: string;
  typed: Typed;
  /** Grows with every opening, so that the same action begins anew. */
  time: number;
}

const KINDS: Readonly<Record<ActionView["kind"], string>> = {
  retry: "does it again",
  revalidate: "validates again",
  suppress: "takes output away",
  notify_users: "tells users",
};

interface Props {
  incidentId: string;
  actions: readonly ActionView[];
  history: readonly ActionRecord[];
  opened: Opened | null;
  /** The action that was open last, to which the keyboard returns. */
  left: string | null;
  onOpen: (name: string) => void;
  onClose: () => void;
}

export const Actions = ({ incidentId, actions, history, opened, left, onOpen, onClose }: Props) => (
  <Section title="What you may do" side="previewed before it is done" flush>
    <ul>
      {actions.map((action) => {
        const isOpen = opened?.name === action.name;
        return (
          <li key={action.name} className={styles.action}>
            <div className={styles.head}>
              <div className={styles.words}>
                <p>
                  <b><Text mono>{action.name}</Text></b> <span className="quiet">{KINDS[action.kind]}</span>
                </p>
                <p><Text>{action.describes}</Text></p>
                <p className={styles.undo}>
                  {action.undo === null ? "Cannot be taken back." : <>Taken back by <Text mono>{action.undo}</Text>.</>}
                </p>
              </div>
              {isOpen ? null : (
                <Button size="sm" variant="default" autoFocus={left === action.name} onClick={() => onOpen(action.name)} aria-label={`Preview ${action.name}`}>
                  Preview
                </Button>
              )}
            </div>
            {isOpen ? (
              <ActionForm key={opened.time} incidentId={incidentId} action={action} typed={opened.typed} history={history} onClose={onClose} />
            ) : null}
          </li>
        );
      })}
    </ul>
  </Section>
);
