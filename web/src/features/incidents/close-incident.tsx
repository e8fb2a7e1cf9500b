// End an incident by hand: for what no proof will ever end. Who and why stay on record.
import { Button, Textarea, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";

import { useCloseIncident } from "@/api/close-incident";
import type { Incident } from "@/api/contract";
import { remember, remembered } from "@/lib/remembered";

import styles from "./acknowledge.module.css";

const REASON_CHARS_MAX = 400;

const CloseForm = ({ incident, onClose }: { incident: Incident; onClose: () => void }) => {
  const [by, setBy] = useState(() => remembered("name"));
  const [reason, setReason] = useState("");
  const close = useCloseIncident(incident.id);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    remember("name", by.trim());
    close.mutate({ by: by.trim(), reason: reason.trim() });
  };
  return (
    <form className={styles.form} onSubmit={submit} aria-label="Close this incident by hand">
      <TextInput label="Your name" value={by} onChange={(event) => setBy(event.currentTarget.value)} required maxLength={80} size="sm" />
      <Textarea
        label="Why no proof will end it"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        required
        maxLength={REASON_CHARS_MAX}
        size="sm"
        error={close.error?.message}
      />
      <div className={styles.buttons}>
        <Button type="submit" size="sm" loading={close.isPending} disabled={by.trim() === "" || reason.trim() === ""}>Close it</Button>
        <Button size="sm" variant="default" onClick={onClose}>Cancel</Button>
      </div>
    </form>
  );
};

export const CloseIncident = ({ incident }: { incident: Incident }) => {
  const [asking, setAsking] = useState(false);
  if (incident.state === "resolved") return null;
  if (asking) return <CloseForm incident={incident} onClose={() => setAsking(false)} />;
  return (
    <Button size="compact-sm" variant="subtle" onClick={() => setAsking(true)}>
      Close by hand
    </Button>
  );
};
