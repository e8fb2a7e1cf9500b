// One declared action: what it takes, what it would do, and only then the doing.
import { Button, Checkbox, Select, Textarea, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";

import type { ActionPreview, ActionView } from "@/api/contract";
import { useExecuteAction, usePreviewAction } from "@/api/execute-action";
import { remember, remembered } from "@/lib/remembered";
import { Text } from "@/ui/text";

import styles from "./handoff.module.css";

type Parameter = ActionView["parameters"][number];
type Value = string | boolean;
type Values = Readonly<Record<string, Value>>;

interface FieldProps {
  parameter: Parameter;
  value: Value;
  onChange: (value: Value) => void;
}

const Field = ({ parameter, value, onChange }: FieldProps) => {
  const { name, type, choices, required } = parameter;
  const text = typeof value === "string" ? value : "";
  if (type === "boolean") {
    return <Checkbox label={name} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
  }
  if (choices.length > 0) {
    return <Select label={name} data={[...choices]} value={text === "" ? null : text} onChange={(chosen) => onChange(chosen ?? "")} required={required} />;
  }
  if (type === "items") {
    return (
      <Textarea
        label={name}
        description="Item ids, one a line."
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
        required={required}
        autosize
        minRows={2}
        maxRows={8}
      />
    );
  }
  return (
    <TextInput
      label={name}
      value={text}
      inputMode={type === "integer" ? "numeric" : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
      required={required}
    />
  );
};

/** The values as the API takes them: numbers as numbers, items as a list; what was left empty is left out. */
const given = (parameters: readonly Parameter[], values: Values): Record<string, unknown> => {
  const filled: Record<string, unknown> = {};
  for (const { name, type } of parameters) {
    const value = values[name];
    if (value === undefined || value === "") continue;
    if (type === "integer") filled[name] = Number(value);
    else if (type === "items") filled[name] = String(value).split(/\s+/).filter(Boolean);
    else filled[name] = value;
  }
  return filled;
};

interface ConfirmProps {
  incidentId: string;
  action: ActionView;
  parameters: Record<string, unknown>;
  preview: ActionPreview;
  onClose: () => void;
}

const Confirm = ({ incidentId, action, parameters, preview, onClose }: ConfirmProps) => {
  const [name, setName] = useState(() => remembered("name"));
  const [force, setForce] = useState(false);
  const execute = useExecuteAction(incidentId, action.name);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const by = name.trim();
    if (by === "") return;
    remember("name", by);
    execute.mutate({ parameters, by, force }, { onSuccess: onClose });
  };
  return (
    <form className={styles.form} onSubmit={submit} aria-label={`Confirm ${action.name}`}>
      <p className={styles.does}><Text>{preview.does}</Text></p>
      {preview.already ? <p>It was done before, by <Text>{preview.already.by}</Text>: asking again changes nothing.</p> : null}
      {preview.refused ? (
        <>
          <p className={styles.refused}><Text>{preview.refused}</Text></p>
          <Checkbox label="I have checked, and it must be done all the same" checked={force} onChange={(event) => setForce(event.currentTarget.checked)} />
        </>
      ) : null}
      <TextInput label="Your name" description="Written into the audit log." value={name} onChange={(event) => setName(event.currentTarget.value)} required maxLength={80} error={execute.error?.message} />
      <div className={styles.buttons}>
        <Button type="submit" size="sm" loading={execute.isPending} disabled={name.trim() === "" || (preview.refused != null && !force)}>
          Do it
        </Button>
        <Button size="sm" variant="default" onClick={onClose}>Cancel</Button>
      </div>
    </form>
  );
};

export const ActionForm = ({ incidentId, action }: { incidentId: string; action: ActionView }) => {
  const [values, setValues] = useState<Values>({});
  const [asked, setAsked] = useState<Record<string, unknown> | null>(null);
  const preview = usePreviewAction(incidentId, action.name);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const parameters = given(action.parameters, values);
    setAsked(parameters);
    preview.mutate(parameters);
  };
  if (asked !== null && preview.data) {
    return <Confirm incidentId={incidentId} action={action} parameters={asked} preview={preview.data} onClose={() => { setAsked(null); preview.reset(); }} />;
  }
  return (
    <form className={styles.form} onSubmit={submit} aria-label={`Prepare ${action.name}`}>
      {action.parameters.map((parameter) => (
        <Field
          key={parameter.name}
          parameter={parameter}
          value={values[parameter.name] ?? ""}
          onChange={(value) => setValues({ ...values, [parameter.name]: value })}
        />
      ))}
      {preview.error ? <p className={styles.refused} role="alert">{preview.error.message}</p> : null}
      <div className={styles.buttons}>
        <Button type="submit" size="sm" variant="default" loading={preview.isPending}>
          Show what it would do
        </Button>
      </div>
    </form>
  );
};
