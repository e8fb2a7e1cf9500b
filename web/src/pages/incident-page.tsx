// One incident: what broke, since when, whose it is, what to check first, and everything that shows it.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";

import type { Incident } from "@/api/contract";
import { incidentQuery } from "@/api/get-incident";
import { paths } from "@/app/paths";
import { DrillMark } from "@/features/drills/drill-mark";
import { Acknowledge } from "@/features/incidents/acknowledge";
import { AddNote } from "@/features/incidents/add-note";
import { Assign } from "@/features/incidents/assign";
import { CloseByHand } from "@/features/incidents/close-by-hand";
import { Deliveries } from "@/features/incidents/deliveries";
import { drilled } from "@/features/incidents/drilled";
import { Exemplars } from "@/features/incidents/exemplars";
import { FirstCheck } from "@/features/incidents/first-check";
import { HeldBack } from "@/features/incidents/held-back";
import { IncidentHead } from "@/features/incidents/incident-head";
import { IncidentTimeline } from "@/features/incidents/incident-timeline";
import { SilenceLink } from "@/features/incidents/silence-link";
import { RunLine } from "@/features/runs/run-line";
import { Columns, Stack } from "@/ui/columns";
import { Evidence } from "@/ui/evidence";
import { Icon } from "@/ui/icon";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";
import { StageStepper } from "@/ui/stage-stepper";
import { Text } from "@/ui/text";

import { ChangesOf, HandoffOf, MarkOf, TogetherOf } from "./incident-parts";

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

const ForTheRecord = ({ incident }: { incident: Incident }) => {
  const packet = `/v1/incidents/${encodeURIComponent(incident.id)}/packet`;
  return (
    <Section title="For the record">
      <Stack>
        <p>
          <a href={packet} download={`${incident.id}.json`}>
            Download the evidence packet
          </a>{" "}
          <span className="quiet">
            signed; <code className="mono">outproof verify</code> checks it offline
          </span>
        </p>
        <p>
          <a href={`${packet}.html`} target="_blank" rel="noopener noreferrer">
            Read it as a page <Icon name="out" size={11} />
            <span className="visually-hidden"> (opens in a new tab)</span>
          </a>
        </p>
        {incident.state === "resolved" ? null : <CloseByHand ids={[incident.id]} />}
      </Stack>
    </Section>
  );
};

const Whole = ({ incident }: { incident: Incident }) => {
  const { drill } = drilled(incident.title);
  const { mark: asked } = useSearch({ from: paths.incident });
  return (
    <>
      {drill ? <DrillMark promise={incident.promise} /> : null}
      <HeldBack incident={incident} />
      <IncidentHead
        incident={incident}
        subject={<Subject subject={incident.subject} />}
        acknowledge={
          <Stack>
            <Acknowledge incident={incident} />
            <Assign incident={incident} />
            <SilenceLink incident={incident} />
          </Stack>
        }
      />
      {asked === undefined ? null : <MarkOf incident={incident} />}
      <FirstCheck check={incident.first_check} runbook={incident.runbook} />
      {incident.policy === null ? null : <ChangesOf id={incident.id} />}
      {incident.promise === null ? null : <HandoffOf incident={incident} drill={drill} />}
      {incident.stages.length > 0 ? <Stages incident={incident} /> : null}
      {incident.exemplars.length > 0 ? (
        <Columns main>
          <Exemplars exemplars={incident.exemplars} />
          <Proof incident={incident} />
        </Columns>
      ) : null}
      <Columns main={incident.exemplars.length > 0}>
        <Stack>
          {incident.exemplars.length > 0 ? null : <Proof incident={incident} />}
          <IncidentTimeline entries={incident.timeline} note={<AddNote id={incident.id} />} />
        </Stack>
        <Stack>
          {incident.subject.type === "promise" ? <LastGoodRun incident={incident} /> : null}
          {asked === undefined ? <MarkOf incident={incident} /> : null}
          <Deliveries deliveries={incident.deliveries} />
          <TogetherOf incident={incident} />
          <ForTheRecord incident={incident} />
        </Stack>
      </Columns>
    </>
  );
};

export const IncidentPage = () => {
  const { id } = useParams({ from: paths.incident });
  const query = useQuery(incidentQuery(id));
  return (
    <Page
      title={query.data ? drilled(query.data.title).title : "Incident"}
      trail={<Link to={paths.incidents}>← All incidents</Link>}
    >
      <Loaded query={query} what="the incident" rows={6}>
        {(incident) => <Whole incident={incident} />}
      </Loaded>
    </Page>
  );
};
