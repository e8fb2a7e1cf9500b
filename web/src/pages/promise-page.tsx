// One promise: how it stands, what its schedule expects, how its runs went, when it was last drilled, how it changed.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";

import type { PromiseDetail } from "@/api/contract";
import { promiseQuery } from "@/api/get-promise";
import { drillsQuery } from "@/api/list-drills";
import { runsQuery, RUNS_MAX } from "@/api/list-runs";
import { versionsQuery } from "@/api/list-versions";
import { paths } from "@/app/paths";
import { Drills } from "@/features/drills/drills";
import { PromiseFacts } from "@/features/promises/promise-facts";
import { Pulse } from "@/features/promises/pulse";
import { NextSlots, RecentSlots } from "@/features/promises/slots";
import { VerdictCounts } from "@/features/promises/verdict-counts";
import { Versions } from "@/features/promises/versions";
import { Warnings } from "@/features/promises/warnings";
import { RunList } from "@/features/runs/run-list";
import { Columns, Stack } from "@/ui/columns";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

const Runs = ({ name }: { name: string }) => {
  const runs = useQuery(runsQuery(name));
  return (
    <Loaded query={runs} what="its runs">
      {(data) =>
        data.runs.length === 0 ? (
          <Empty title="No runs yet">Nothing is proven until a run is opened and its stages are proven.</Empty>
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
        <Drills promise={promise.name} drills={data.drills} lastPassedAt={promise.last_drill_passed_at ?? null} overdue={promise.drill_overdue} />
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

const Whole = ({ promise }: { promise: PromiseDetail }) => (
  <>
    <PromiseFacts promise={promise} />
    <Warnings warnings={promise.warnings} />
    {promise.pulse == null ? null : <Pulse pulse={promise.pulse} mode={promise.mode} />}
    {promise.mode === "runs" ? <Runs name={promise.name} /> : null}
    <Columns>
      <Stack>
        {promise.recent_slots.length > 0 ? <RecentSlots slots={promise.recent_slots} /> : null}
        {promise.schedule == null ? null : <NextSlots promise={promise} />}
      </Stack>
      <Stack>
        {promise.mode === "runs" ? <DrillsOf promise={promise} /> : null}
        <VersionsOf name={promise.name} />
      </Stack>
    </Columns>
  </>
);

export const PromisePage = () => {
  const { name } = useParams({ from: paths.promise });
  const query = useQuery(promiseQuery(name));
  return (
    <Page
      title={name}
      trail={<Link to={paths.promises}>← All promises</Link>}
      lead={query.data ? <Text>{query.data.outcome}</Text> : undefined}
      side={query.data?.mode === "runs" ? <VerdictCounts verdicts={query.data.verdicts} /> : undefined}
    >
      {query.error && query.data === undefined ? <Runs name={name} /> : null}
      <Loaded query={query} what="the promise" rows={4}>
        {(promise) => <Whole promise={promise} />}
      </Loaded>
    </Page>
  );
};
