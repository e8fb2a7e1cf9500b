// Break a promise on purpose, now: what to break, who asks, and who is told.
import { NativeSelect } from "@mantine/core";
import { useState } from "react";

import type { Fault } from "@/api/contract";
import { useStartDrill } from "@/api/start-drill";
import { Asking } from "@/ui/asking";
import { Check, Form } from "@/ui/form";
import { useYourName, YourNameInput } from "@/ui/your-name";

/** What each fault does, in the words of somebody who has to choose one. */
const FAULTS: Readonly<Record<Fault, string>> = {
  "skip-persistence": "say that it was saved, without saving",
  "fail-validation": "fail the validation",
  "freeze-surface": "leave an older output on the page",
  "never-start": "never start",
  "never-close": "open, and fall silent",
  late: "prove the last stage too late",
  "wrong-count": "lose items that no count explains",
  "dead-route": "fail, while a channel refuses",
};
const NAMES = Object.keys(FAULTS) as Fault[];

const DECLARED = "";
const CHOICES = [{ value: DECLARED, label: "What the promise declares" }, ...NAMES.map((name) => ({ value: name, label: `${name}: ${FAULTS[name]}` }))];

const DrillForm = ({ promise, onClose }: { promise: string; onClose: () => void }) => {
  const name = useYourName();
  const [fault, setFault] = useState(DECLARED);
  const [notify, setNotify] = useState(false);
  const start = useStartDrill(promise);
  const submit = (): void => {
    name.keep();
    start.mutate({ by: name.by, fault: NAMES.find((known) => known === fault) ?? null, notify }, { onSuccess: onClose });
  };
  return (
    <Form
      label={`Drill ${promise}`}
      submit="Break it"
      ready={name.by !== ""}
      busy={start.isPending}
      error={start.error}
      onSubmit={submit}
      onCancel={onClose}
      takesFocus
    >
      <NativeSelect label="What to break" data={CHOICES} value={fault} onChange={(event) => setFault(event.currentTarget.value)} size="sm" />
      <Check label="Tell its usual route as well: people may be woken" checked={notify} onChange={setNotify} />
      <YourNameInput name={name} description="Written into the audit log." />
    </Form>
  );
};

export const StartDrill = ({ promise, running }: { promise: string; running: boolean }) =>
  running ? (
    <p className="quiet">A drill is running. One at a time.</p>
  ) : (
    <Asking label="Drill it now…">{(leave) => <DrillForm promise={promise} onClose={leave} />}</Asking>
  );
