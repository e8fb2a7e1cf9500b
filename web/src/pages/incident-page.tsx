// One incident: what broke, since when, whose it is, what to check first, and everything that shows it.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";

import type { Incident } from "@/api/contract";
import { handoffQuery } from "@/api/get-handoff";
import { incidentQuery } from "@/api/get-incident";
import { paths } from "@/app/paths";
import { ActionHistory, Actions } from "@/features/handoff/actions";
import { ConfidenceBoundary } from "@/features/handoff/confidence-boundary";
import { RetrySafetyLine } from "@/features/handoff/retry-safety";
import { UserNotice } from "@/features/handoff/user-notice";
import { Acknowledge } from "@/features/incidents/acknowledge";
import { CloseIncident } from "@/features/incidents/close-incident";
import { Deliveries } from "@/features/incidents/deliveries";
import { Exemplars } from "@/features/incidents/exemplars";
import { FirstCheck } from "@/features/incidents/first-check";
import { IncidentHead } from "@/features/incidents/incident-head";
import { IncidentTimeline } from "@/features/incidents/incident-timeline";
import { RunLine } from "@/features/runs/run-line";
import { Columns, Stack } from "@/ui/columns";
import { Evidence } from "@/ui/evidence";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";
import { StageStepper } from "@/ui/stage-stepper";
import { Text } from "@/ui/text";

const Subject = ({ subject }: { subject: Incident["subject"] }) => {
  const name = <Text mono>{subject.name}</Text>;
  if (subject.type === "monitor") return <>The monitor itself</>;
  return subject.type === "service" ? (
    <>
      Service{" "}
      <Link to={paths.service} params={{ name: subject.name }}>
        {name}
      </Link>
    </>
  ) : (
    <>
      Promise{" "}
      <Link to={paths.promise} params={{ name: subject.name }}>
        {name}
      </Link>
    </>
  );
};

const Stages = ({ incident }: { incident: Incident }) => (
  <Section
    title="Stages of the run"
    side={
      incident.run_id == null ? undefined : (
        <Link to={paths.run} params={{ id: incident.run_id }}>
          the whole run
        </Link>
      )
    }
  >
    <StageStepper stages={incident.stages} />
  </Section>
);

const Proof = ({ incident }: { incident: Incident }) => (
  <Section title="Evidence" side={incident.evidence.length === 0 ? undefined : "safe facts only"} flush={incident.evidence.length > 0}>
    {incident.evidence.length === 0 ? (
      <p className="quiet">No evidence was attached to it.</p>
    ) : (
      <Evidence facts={incident.evidence} />
    )}
  </Section>
);

const LastGoodRun = ({ incident }: { incident: Incident }) => (
  <Section title="Last good run">
    {incident.last_good_run ? <RunLine run={incident.last_good_run} /> : <p className="quiet">No run of this promise has been kept yet.</p>}
  </Section>
);

const Handoff = ({ incident }: { incident: Incident }) => {
  const query = useQuery(handoffQuery(incident.id));
  return (
    <Loaded query={query} what="the handoff" rows={3}>
      {(handoff) => (
        <>
          {handoff.retry_safety ? (
            <Section title="May it be done again?">
              <RetrySafetyLine retry={handoff.retry_safety} />
            </Section>
          ) : null}
          {handoff.boundary ? (
            <Section title="What is known" side="confidence boundary">
              <ConfidenceBoundary boundary={handoff.boundary} />
            </Section>
          ) : null}
          {handoff.user_notice ? (
            <Section title="What users may be told" side="a draft that claims no more than is known">
              <UserNotice text={handoff.user_notice} />
            </Section>
          ) : null}
          {handoff.actions.length > 0 ? (
            <Section title="What you may do" side="as the promise declares it">
              <Actions incidentId={incident.id} actions={handoff.actions} />
            </Section>
          ) : null}
          {handoff.history.length > 0 ? (
            <Section title="What was done" side="oldest first">
              <ActionHistory history={handoff.history} />
            </Section>
          ) : null}
        </>
      )}
    </Loaded>
  );
};

const ForTheRecord = ({ incident }: { incident: Incident }) => (
  <Section title="For the record">
    <p>
      <a href={`/v1/incidents/${encodeURIComponent(incident.id)}/packet`} download={`${incident.id}.json`}>Evidence packet</a>{" "}
      <span className="quiet">signed; checked offline with <code className="mono">outproof verify</code></span>
      {" · "}
      <a href={`/v1/incidents/${encodeURIComponent(incident.id)}/packet.html`}>the same as a page</a>
    </p>
    <CloseIncident incident={incident} />
  </Section>
);

const Whole = ({ incident }: { incident: Incident }) => (
  <>
    <IncidentHead
      incident={incident}
      subject={<Subject subject={incident.subject} />}
      acknowledge={<Acknowledge incident={incident} />}
    />
    <FirstCheck check={incident.first_check} runbook={incident.runbook} />
    {incident.stages.length > 0 ? <Stages incident={incident} /> : null}
    {incident.run_id == null ? null : <Handoff incident={incident} />}
    {incident.exemplars.length > 0 ? (
      <Columns main>
        <Exemplars exemplars={incident.exemplars} />
        <Proof incident={incident} />
      </Columns>
    ) : null}
    <Columns main={incident.exemplars.length > 0}>
      <Stack>
        {incident.exemplars.length > 0 ? null : <Proof incident={incident} />}
        <IncidentTimeline entries={incident.timeline} />
      </Stack>
      <Stack>
        {incident.subject.type === "promise" ? <LastGoodRun incident={incident} /> : null}
        <Deliveries deliveries={incident.deliveries} />
        <ForTheRecord incident={incident} />
      </Stack>
    </Columns>
  </>
);

export const IncidentPage = () => {
  const { id } = useParams({ from: paths.incident });
  const query = useQuery(incidentQuery(id));
  return (
    <Page title={query.data?.title ?? "Incident"} trail={<Link to={paths.incidents}>← All incidents</Link>}>
      <Loaded query={query} what="the incident" rows={6}>
        {(incident) => <Whole incident={incident} />}
      </Loaded>
    </Page>
  );
};
