// Take an incident: asks for a name once, remembers it for the next night.
import { Button, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";

import { useAcknowledgeIncident } from "@/api/acknowledge-incident";
import type { Incident } from "@/api/contract";
import { remember, remembered } from "@/lib/remembered";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./acknowledge.module.css";

const NAME_CHARS_MAX = 80;

const NameForm = ({ incident, onClose }: { incident: Incident; onClose: () => void }) => {
  const [name, setName] = useState(() => remembered("name"));
  const acknowledge = useAcknowledgeIncident(incident.id);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const by = name.trim();
    if (by === "") return;
    remember("name", by);
    acknowledge.mutate(by);
  };
  return (
    <form className={styles.form} onSubmit={submit} aria-label="Acknowledge this incident">
      <TextInput
        label="Your name"
        description="Shown on the incident."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={NAME_CHARS_MAX}
        autoComplete="name"
        autoFocus
        required
        size="sm"
        error={acknowledge.error?.message}
      />
      <div className={styles.buttons}>
        <Button type="submit" size="sm" loading={acknowledge.isPending} disabled={name.trim() === ""}>
          I have it
        </Button>
        <Button size="sm" variant="default" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
};

export const Acknowledge = ({ incident }: { incident: Incident }) => {
  const [asking, setAsking] = useState(false);
  if (incident.acknowledged_at != null) {
    return (
      <p className={styles.taken} role="status">
        <Text>{incident.acknowledged_by}</Text> has it, acknowledged <TimeAgo at={incident.acknowledged_at} />.
      </p>
    );
  }
  if (incident.state === "resolved") return <p className={styles.taken}>Nobody acknowledged it.</p>;
  if (asking) return <NameForm incident={incident} onClose={() => setAsking(false)} />;
  return (
    <Button size="sm" onClick={() => setAsking(true)}>
      Acknowledge
    </Button>
  );
};
