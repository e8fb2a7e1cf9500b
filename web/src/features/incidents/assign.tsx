// Whose an incident is. Giving it to somebody does not acknowledge it: they may be asleep.
import { TextInput } from "@mantine/core";
import { useState } from "react";

import { useAssignIncident } from "@/api/change-incident";
import type { Incident } from "@/api/contract";
import { Asking } from "@/ui/asking";
import { Form } from "@/ui/form";
import { useYourName, YourNameInput } from "@/ui/your-name";

const NAME_CHARS_MAX = 100;

const AssignForm = ({ incident, onClose }: { incident: Incident; onClose: () => void }) => {
  const name = useYourName();
  const [to, setTo] = useState(incident.assignee ?? "");
  const assign = useAssignIncident(incident.id);
  const submit = (): void => {
    name.keep();
    assign.mutate({ by: name.by, to: to.trim() === "" ? null : to.trim() }, { onSuccess: onClose });
  };
  return (
    <Form
      label="Assign this incident"
      submit={to.trim() === "" ? "Give it to nobody" : "Assign it"}
      ready={name.by !== ""}
      busy={assign.isPending}
      error={assign.error}
      onSubmit={submit}
      onCancel={onClose}
      takesFocus
    >
      <TextInput label="To whom" description="Empty: to nobody. They still have to acknowledge it themselves." value={to} onChange={(event) => setTo(event.currentTarget.value)} maxLength={NAME_CHARS_MAX} size="sm" />
      <YourNameInput name={name} description="Shown on the timeline." />
    </Form>
  );
};

export const Assign = ({ incident }: { incident: Incident }) =>
  incident.state === "resolved" ? null : (
    <Asking label={incident.assignee === null ? "Assign…" : "Assign to somebody else…"}>{(leave) => <AssignForm incident={incident} onClose={leave} />}</Asking>
  );
