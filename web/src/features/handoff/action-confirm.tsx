// What an action would do, word for word, and the doing of it: never by accident, never twice.
import { Button, TextInput } from "@mantine/core";
import { useState } from "react";

import { ApiError } from "@/api/api-error";
import type { ActionPreview, ActionRecord, ActionView } from "@/api/contract";
import { useExecuteAction } from "@/api/execute-action";
import type { ActionValues } from "@/api/preview-action";
import { sentence } from "@/lib/sentence";
import { CopyableId } from "@/ui/copyable-id";
import { Form } from "@/ui/form";
import { Icon } from "@/ui/icon";
import { Text } from "@/ui/text";
import { useYourName, YourNameInput } from "@/ui/your-name";

import styles from "./action-confirm.module.css";
import { ActionOutcome } from "./action-outcome";

const CONFLICT = 409;

interface Props {
  incidentId: string;
  action: ActionView;
  values: ActionValues;
  preview: ActionPreview;
  history: readonly ActionRecord[];
  /** Something began to speak against it after the preview: look again. */
  onRefused: () => void;
  onBack: () => void;
  onClose: () => void;
}

const Preview = ({ preview }: { preview: ActionPreview }) => (
  <>
    <p>
      <Text>{preview.does}</Text>
    </p>
    <pre className={styles.call} tabIndex={0} aria-label={preview.argv ? "The command" : "The request"}>
      <Text>{preview.argv ? preview.argv.join("\n") : preview.request}</Text>
    </pre>
    <p className={styles.key}>
      Asked for twice, it is done once. Key <CopyableId id={preview.idempotency_key} what="idempotency key" />
    </p>
  </>
);

/** The words that must be typed before something that speaks against an action is overruled. */
const overruling = (action: ActionView): string => `do ${action.name}`;

export const ActionConfirm = ({ incidentId, action, values, preview, history, onRefused, onBack, onClose }: Props) => {
  const name = useYourName();
  const [overruled, setOverruled] = useState("");
  const execute = useExecuteAction(incidentId, action.name);
  const refused = preview.refused !== null;
  const words = overruling(action);
  const force = refused && preview.forceable && overruled.trim() === words;

  const asked = execute.data ?? preview.already;
  if (asked) {
    const now = history.find(({ id }) => id === asked.id) ?? asked;
    return <ActionOutcome record={now} before={execute.data === undefined} onClose={onClose} />;
  }
  const submit = (): void => {
    name.keep();
    execute.mutate(
      { parameters: values, by: name.by, force },
      { onError: (error) => error instanceof ApiError && error.status === CONFLICT && onRefused() },
    );
  };
  const objection = refused ? (
    <p className={styles.refused} role="alert">
      <Icon name="octagon" size={14} /> <span><Text>{sentence(preview.refused ?? "")}</Text></span>
    </p>
  ) : null;
  if (refused && !preview.forceable) {
    return (
      <div className={styles.confirm}>
        {objection}
        <div>
          <Button size="sm" variant="default" onClick={onClose}>Close</Button>
        </div>
      </div>
    );
  }
  return (
    <Form
      label={`Confirm ${action.name}`}
      submit={refused ? "Do it all the same" : "Do it"}
      ready={name.by !== "" && (!refused || force)}
      busy={execute.isPending}
      error={execute.error}
      onSubmit={submit}
      onCancel={onBack}
      takesFocus
    >
      {objection}
      <Preview preview={preview} />
      <YourNameInput name={name} description="Written into the audit log." />
      {refused ? (
        <TextInput
          label={`If you know better, type: ${words}`}
          value={overruled}
          onChange={(event) => setOverruled(event.currentTarget.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          size="sm"
        />
      ) : null}
    </Form>
  );
};
