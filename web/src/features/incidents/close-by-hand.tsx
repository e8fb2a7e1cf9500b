// End incidents by hand: for what no proof will ever end. Who and why stay on record.
import { Textarea } from "@mantine/core";
import { useState } from "react";

import { useCloseIncidents } from "@/api/close-incident";
import { counted } from "@/lib/quantity";
import { Asking } from "@/ui/asking";
import { Form } from "@/ui/form";
import { useYourName, YourNameInput } from "@/ui/your-name";

const REASON_CHARS_MAX = 500;

interface Props {
  /** The incidents that are closed together, with one reason. */
  ids: readonly string[];
}

const named = (number: number): string => (number === 1 ? "this incident" : counted(number, "incident"));

const CloseForm = ({ ids, onClose }: Props & { onClose: () => void }) => {
  const name = useYourName();
  const [reason, setReason] = useState("");
  const close = useCloseIncidents();
  const submit = (): void => {
    name.keep();
    close.mutate({ ids, by: name.by, reason: reason.trim() });
  };
  return (
    <Form
      label={`Close ${named(ids.length)} by hand`}
      submit={`Close ${named(ids.length)}`}
      ready={name.by !== "" && reason.trim() !== ""}
      busy={close.isPending}
      error={close.error}
      onSubmit={submit}
      onCancel={onClose}
      takesFocus
    >
      <Textarea
        label="Why no proof will end it"
        description="Stays on the incident and in the audit log."
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        required
        maxLength={REASON_CHARS_MAX}
        size="sm"
      />
      <YourNameInput name={name} description="Shown with the reason." />
    </Form>
  );
};

export const CloseByHand = ({ ids }: Props) =>
  ids.length === 0 ? null : (
    <Asking label={ids.length === 1 ? "Close by hand…" : `Close all ${ids.length} by hand…`}>
      {(leave) => <CloseForm ids={ids} onClose={leave} />}
    </Asking>
  );
