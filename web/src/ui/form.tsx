// A small form: its fields, what went wrong with it, and its buttons.
import { Button } from "@mantine/core";
import { useEffect, useId, useRef, type ReactNode, type SyntheticEvent } from "react";

import { ApiError } from "@/api/api-error";

import styles from "./form.module.css";
import { Text } from "./text";

interface Props {
  /** What it does, for who cannot see it. */
  label: string;
  /** The word on the button that submits it. */
  submit: string;
  /** Whether enough is filled in. */
  ready: boolean;
  busy: boolean;
  error: Error | null;
  onSubmit: () => void;
  onCancel?: (() => void) | undefined;
  /** Takes the keyboard when it appears, because what was pressed to show it is gone. */
  takesFocus?: boolean;
  children: ReactNode;
}

const Failure = ({ error }: { error: Error }) => (
  <div className={styles.error} role="alert">
    <Text>{error.message}</Text>
    {error instanceof ApiError && error.details.length > 0 ? <p><Text>{error.details.join("; ")}</Text></p> : null}
  </div>
);

export const Form = ({ label, submit, ready, busy, error, onSubmit, onCancel, takesFocus = false, children }: Props) => {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (takesFocus) form.current?.focus();
  }, [takesFocus]);
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (ready && !busy) onSubmit();
  };
  return (
    <form ref={form} className={styles.form} noValidate onSubmit={send} aria-label={label} tabIndex={takesFocus ? -1 : undefined}>
      {children}
      {error === null ? null : <Failure error={error} />}
      <div className={styles.buttons}>
        <Button type="submit" size="sm" loading={busy} disabled={!ready}>
          {submit}
        </Button>
        {onCancel ? (
          <Button size="sm" variant="default" onClick={onCancel}>
            Cancel
          </Button>
        ) : null}
      </div>
    </form>
  );
};

interface ChoiceProps {
  legend: string;
  choices: readonly { value: string; label: string; description: string }[];
  value: string;
  onChange: (value: string) => void;
}

/** One of a few, each said in a line. */
export const Choice = ({ legend, choices, value: chosen, onChange }: ChoiceProps) => {
  const name = useId();
  return (
    <fieldset className={styles.choice}>
      <legend>{legend}</legend>
      {choices.map(({ value, label, description }) => (
        <label key={value} className={styles.check}>
          <input type="radio" name={name} value={value} checked={value === chosen} onChange={() => onChange(value)} />
          <span>
            {label}: <span className="quiet">{description}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
};

interface CheckProps {
  label: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export const Check = ({ label, checked, onChange }: CheckProps) => (
  <label className={styles.check}>
    <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
    <span>{label}</span>
  </label>
);
