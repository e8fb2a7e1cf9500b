// What an incident holds and belongs to: its broken parts, what was merged into it, what it is part of; merging and splitting.
import { NativeSelect } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useMergeIncident, useSplitIncident } from "@/api/change-incident";
import type { Incident, IncidentSummary } from "@/api/contract";
import { paths } from "@/app/paths";
import { counted } from "@/lib/quantity";
import { visible } from "@/lib/visible-text";
import { Asking } from "@/ui/asking";
import { Stack } from "@/ui/columns";
import { Disclosure } from "@/ui/disclosure";
import { Form } from "@/ui/form";
import { IncidentStateBadge } from "@/ui/incident-state-badge";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";
import { useYourName, YourNameInput } from "@/ui/your-name";

const MergeForm = ({ id, others, onClose }: { id: string; others: readonly IncidentSummary[]; onClose: () => void }) => {
  const name = useYourName();
  const [into, setInto] = useState(others[0]?.id ?? "");
  const merge = useMergeIncident(id);
  const submit = (): void => {
    name.keep();
    merge.mutate({ by: name.by, into }, { onSuccess: onClose });
  };
  return (
    <Form
      label="Merge it into another incident"
      submit="It is part of that one"
      ready={name.by !== "" && into !== ""}
      busy={merge.isPending}
      error={merge.error}
      onSubmit={submit}
      onCancel={onClose}
      takesFocus
    >
      <NativeSelect
        label="Part of which incident"
        description="While that one is open, this one is not told by itself. It keeps its own proof and its own end."
        data={others.map(({ id: value, title }) => ({ value, label: visible(title).slice(0, 90) }))}
        value={into}
        onChange={(event) => setInto(event.currentTarget.value)}
        size="sm"
      />
      <YourNameInput name={name} description="Shown on both timelines." />
    </Form>
  );
};

const SplitForm = ({ id, onClose }: { id: string; onClose: () => void }) => {
  const name = useYourName();
  const split = useSplitIncident(id);
  const submit = (): void => {
    name.keep();
    split.mutate({ by: name.by }, { onSuccess: onClose });
  };
  return (
    <Form label="Split it off" submit="It stands alone" ready={name.by !== ""} busy={split.isPending} error={split.error} onSubmit={submit} onCancel={onClose} takesFocus>
      <YourNameInput name={name} description="From now on it is told by itself." />
    </Form>
  );
};

const RUN = "run:";

/** A part that is a run leads to it. */
const PartName = ({ id, name }: { id: string; name: string }) =>
  id.startsWith(RUN) ? (
    <Link to={paths.run} params={{ id: id.slice(RUN.length) }}><Text mono>{name}</Text></Link>
  ) : (
    <Text mono>{name}</Text>
  );

const Parts = ({ broken }: Pick<Incident, "broken">) => (
  <Disclosure summary={counted(broken.length, "broken part")}>
    {() => (
      <ul>
        {broken.map(({ id, name, at }) => (
          <li key={id}>
            <PartName id={id} name={name} /> <span className="quiet"><TimeAgo at={at} /></span>
          </li>
        ))}
      </ul>
    )}
  </Disclosure>
);

interface Props {
  incident: Incident;
  /** Open incidents it could be part of. */
  others: readonly IncidentSummary[];
}

const Way = ({ incident, others }: Props) => {
  if (incident.state === "resolved") return null;
  if (incident.part_of !== null) return <Asking label="Split it off…">{(leave) => <SplitForm id={incident.id} onClose={leave} />}</Asking>;
  if (others.length === 0) return <p className="quiet">No other incident is open that it could be part of.</p>;
  return <Asking label="Merge it into another…">{(leave) => <MergeForm id={incident.id} others={others} onClose={leave} />}</Asking>;
};

export const BelongsTogether = ({ incident, others }: Props) => (
  <Section title="What belongs together">
    <Stack>
      {incident.part_of === null ? null : (
        <p>
          Part of <Link to={paths.incident} params={{ id: incident.part_of }}>another incident</Link>, as somebody said.
        </p>
      )}
      {incident.merged.length === 0 ? null : (
        <ul aria-label="Incidents that are part of this one">
          {incident.merged.map(({ id, title, state }) => (
            <li key={id}>
              <IncidentStateBadge state={state} />{" "}
              <Link to={paths.incident} params={{ id }}><Text>{title}</Text></Link>
            </li>
          ))}
        </ul>
      )}
      {incident.broken.length > 1 ? <Parts broken={incident.broken} /> : null}
      <Way incident={incident} others={others} />
    </Stack>
  </Section>
);
