// Take an incident: asks for a name once, remembers it for the next night.
import { useAcknowledgeIncident } from "@/api/acknowledge-incident";
import type { Incident } from "@/api/contract";
import { Asking } from "@/ui/asking";
import { Form } from "@/ui/form";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";
import { useYourName, YourNameInput } from "@/ui/your-name";

import styles from "./acknowledge.module.css";

const NameForm = ({ incident, onClose }: { incident: Incident; onClose: () => void }) => {
  const name = useYourName();
  const acknowledge = useAcknowledgeIncident(incident.id);
  const submit = (): void => {
    name.keep();
    acknowledge.mutate(name.by);
  };
  return (
    <Form
      label="Acknowledge this incident"
      submit="I have it"
      ready={name.by !== ""}
      busy={acknowledge.isPending}
      error={acknowledge.error}
      onSubmit={submit}
      onCancel={onClose}
    >
      <YourNameInput name={name} description="Shown on the incident." autoFocus />
    </Form>
  );
};

export const Acknowledge = ({ incident }: { incident: Incident }) => {
  if (incident.acknowledged_at != null) {
    return (
      <p className={styles.taken} role="status">
        <Text>{incident.acknowledged_by}</Text> has it, acknowledged <TimeAgo at={incident.acknowledged_at} />.
      </p>
    );
  }
  if (incident.state === "resolved") return <p className={styles.taken}>Nobody acknowledged it.</p>;
  return (
    <Asking label="Acknowledge" primary>
      {(leave) => <NameForm incident={incident} onClose={leave} />}
    </Asking>
  );
};
