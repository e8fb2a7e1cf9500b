// Parts of the incident page that ask for themselves: the handoff, what changed, what the page was worth, what belongs together.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import type { Incident } from "@/api/contract";
import { handoffQuery } from "@/api/get-handoff";
import { incidentChangesQuery } from "@/api/get-incident-changes";
import { incidentsQuery } from "@/api/list-incidents";
import { marksQuery } from "@/api/mark-page";
import { paths } from "@/app/paths";
import { Handoff } from "@/features/handoff/handoff";
import { BelongsTogether } from "@/features/incidents/belongs-together";
import { MarkPage } from "@/features/incidents/mark-page";
import { WhatChanged } from "@/features/incidents/what-changed";
import { Loaded } from "@/ui/loaded";

export const HandoffOf = ({ incident, drill }: { incident: Incident; drill: boolean }) => {
  const query = useQuery(handoffQuery(incident.id));
  return (
    <Loaded query={query} what="the handoff" rows={3}>
      {/* Nothing is done about what was broken on purpose, and no user is told. */}
      {(handoff) => <Handoff incidentId={incident.id} handoff={drill ? { ...handoff, actions: [], user_notice: null } : handoff} />}
    </Loaded>
  );
};

export const ChangesOf = ({ id }: { id: string }) => {
  const changes = useQuery(incidentChangesQuery(id));
  return (
    <Loaded query={changes} what="what changed" rows={2}>
      {(data) => <WhatChanged changes={data} />}
    </Loaded>
  );
};

export const MarkOf = ({ incident: { id } }: { incident: Incident }) => {
  const { mark } = useSearch({ from: paths.incident });
  const navigate = useNavigate();
  const marks = useQuery(marksQuery(id));
  return (
    <Loaded query={marks} what="what the page was worth" rows={1}>
      {(data) => (
        <MarkPage id={id} marks={data.marks} asked={mark} onAnswered={() => void navigate({ to: paths.incident, params: { id }, search: {}, replace: true })} />
      )}
    </Loaded>
  );
};

export const TogetherOf = ({ incident }: { incident: Incident }) => {
  const active = useQuery(incidentsQuery("active"));
  const others = (active.data?.incidents ?? []).filter(({ id, part_of }) => id !== incident.id && part_of === null);
  return <BelongsTogether incident={incident} others={others} />;
};
