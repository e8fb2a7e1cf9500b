// One promise: how it stands, what its schedule expects, how its runs went, when it was last drilled, how it changed.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { ApiError } from "@/api/api-error";
import type { PromiseDetail } from "@/api/contract";
import { promiseQuery } from "@/api/get-promise";
import { statusQuery } from "@/api/get-status";
import { drillsQuery } from "@/api/list-drills";
import { incidentsQuery } from "@/api/list-incidents";
import { runsQuery, RUNS_MAX } from "@/api/list-runs";
import { versionsQuery } from "@/api/list-versions";
import { paths } from "@/app/paths";
import { Drills } from "@/features/drills/drills";
import { RemovedPromise } from "@/features/incidents/removed-promise";
import { PromiseFacts } from "@/features/promises/promise-facts";
import { Pulse } from "@/features/promises/pulse";
import { NextSlots, RecentSlots } from "@/features/promises/slots";
import { StandingNow } from "@/features/promises/standing-now";
import { Versions } from "@/features/promises/versions";
import { Warnings } from "@/features/promises/warnings";
import { RunList } from "@/features/runs/run-list";
import { Banner } from "@/ui/banner";
import { Columns, Stack } from "@/ui/columns";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

const NO_RUNS = <Empty title="No runs yet">Nothing is proven until a run is opened and its stages are proven.</Empty>;

const Runs = ({ name, absent = NO_RUNS }: { name: string; absent?: ReactNode }) => {
  const runs = useQuery(runsQuery(name));
  return (
    <Loaded query={runs} what="its runs">
      {(data) =>
        data.runs.length === 0 ? (
          absent
        ) : (
          <Section title="Runs" side={data.runs.length >= RUNS_MAX ? `the newest ${RUNS_MAX}` : "newest first"} flush>
            <RunList caption={`Runs of ${name}`} runs={data.runs} />
          </Section>
        )
      }
    </Loaded>
  );
};

const DrillsOf = ({ promise }: { promise: PromiseDetail }) => {
  const drills = useQuery(drillsQuery(promise.name));
  return (
    <Loaded query={drills} what="its drills" rows={2}>
      {(data) => (
        <Drills promise={promise.name} drills={data.drills} lastPassedAt={promise.last_drill_passed_at} overdue={promise.drill_overdue} />
      )}
    </Loaded>
  );
};

const VersionsOf = ({ name }: { name: string }) => {
  const versions = useQuery(versionsQuery(name));
  return (
    <Loaded query={versions} what="its versions" rows={2}>
      {(data) => (data.versions.length === 0 ? null : <Versions versions={data.versions} />)}
    </Loaded>
  );
};

const Incident = ({ id }: { id: string }) => (
  <Banner tone="critical" icon="octagon" title={<Link to={paths.incident} params={{ id }}>It has an open incident</Link>} />
);

const WithRuns = ({ promise }: { promise: PromiseDetail }) => (
  <>
    <Runs name={promise.name} />
    <Columns>
      <Stack>
        {promise.recent_slots.length > 0 ? <RecentSlots slots={promise.recent_slots} /> : null}
        {promise.schedule === null ? null : <NextSlots promise={promise} />}
        <VersionsOf name={promise.name} />
      </Stack>
      <DrillsOf promise={promise} />
    </Columns>
  </>
);

const Whole = ({ promise }: { promise: PromiseDetail }) => (
  <>
    {promise.open_incident_id === null ? null : <Incident id={promise.open_incident_id} />}
    <PromiseFacts promise={promise} />
    {promise.warnings.length === 0 ? null : <Warnings warnings={promise.warnings} />}
    {promise.pulse === null ? null : <Pulse pulse={promise.pulse} mode={promise.mode} />}
    {promise.mode === "runs" ? <WithRuns promise={promise} /> : <VersionsOf name={promise.name} />}
  </>
);

/** What is left of a promise that is not declared, or not any more. */
const Undeclared = ({ name }: { name: string }) => {
  const removed = useQuery(statusQuery).data?.configuration.removed.find(({ promise }) => promise === name);
  const incidents = useQuery({ ...incidentsQuery("active"), enabled: removed !== undefined });
  const versions = useQuery(versionsQuery(name));
  return (
    <>
      {removed ? (
        <RemovedPromise removed={removed} incidents={incidents.data?.incidents ?? []} />
      ) : (
        <Banner tone="doubt" icon="question" title="Nobody declares this promise, so nothing says what would prove its runs." />
      )}
      <Runs name={name} absent={null} />
      {versions.data && versions.data.versions.length > 0 ? <Versions versions={versions.data.versions} /> : null}
    </>
  );
};

export const PromisePage = () => {
  const { name } = useParams({ from: paths.promise });
  const query = useQuery(promiseQuery(name));
  const undeclared = query.error instanceof ApiError && query.error.status === 404;
  return (
    <Page
      title={name}
      trail={<Link to={paths.promises}>← All promises</Link>}
      lead={query.data && !undeclared ? <Text>{query.data.outcome}</Text> : undefined}
      side={query.data && !undeclared ? <StandingNow promise={query.data} /> : undefined}
    >
      {undeclared ? (
        <Undeclared name={name} />
      ) : (
        <Loaded query={query} what="the promise" rows={4}>
          {(promise) => <Whole promise={promise} />}
        </Loaded>
      )}
    </Page>
  );
};
