// One run: its stages, its evidence, its counts, and how its verdict came to be.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";

import type { Run } from "@/api/contract";
import { runQuery } from "@/api/get-run";
import { paths } from "@/app/paths";
import { DrillMark } from "@/features/drills/drill-mark";
import { Contradiction } from "@/features/runs/contradiction";
import { RunCounts } from "@/features/runs/run-counts";
import { RunItems } from "@/features/runs/run-items";
import { VerdictHistory } from "@/features/runs/verdict-history";
import { duration } from "@/lib/quantity";
import { sentence } from "@/lib/sentence";
import { Columns, Stack } from "@/ui/columns";
import { CopyableId } from "@/ui/copyable-id";
import { Evidence } from "@/ui/evidence";
import { Fact, Facts } from "@/ui/fact";
import { Instant } from "@/ui/instant";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";
import { StageStepper } from "@/ui/stage-stepper";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";
import { VerdictBadge } from "@/ui/verdict-badge";

const Judged = ({ run }: { run: Run }) => (
  <>
    <VerdictBadge verdict={run.verdict} /> <Text>{sentence(run.reason)}</Text>
  </>
);

const About = ({ run }: { run: Run }) => (
  <Section title={<Judged run={run} />}>
    <Facts>
      {run.cause === null ? null : <Fact label="Cause">{run.cause}</Fact>}
      <Fact label="Owner"><Text>{run.owner}</Text></Fact>
      <Fact label="Promise">
        <Link to={paths.promise} params={{ name: run.promise }}><Text mono>{run.promise}</Text></Link>
      </Fact>
      {run.slot_at === null ? null : <Fact label="Expected at"><Instant at={run.slot_at} /></Fact>}
      <Fact label="Opened"><Instant at={run.opened_at} /></Fact>
      <Fact label="Closed">{run.closed_at == null ? <span className="quiet">not closed</span> : <Instant at={run.closed_at} />}</Fact>
      <Fact label="Duration">{run.duration_s === null ? <span className="quiet">not ended</span> : duration(run.duration_s)}</Fact>
      <Fact label="Due">{run.due_at == null ? <Unknown word="none" /> : <Instant at={run.due_at} />}</Fact>
      <Fact label="Incident">
        {run.incident_id == null ? (
          <Unknown word="none" />
        ) : (
          <Link to={paths.incident} params={{ id: run.incident_id }}><Text mono>{run.incident_id}</Text></Link>
        )}
      </Fact>
      <Fact label="Run id"><CopyableId id={run.id} what="run id" /></Fact>
    </Facts>
  </Section>
);

const Whole = ({ run }: { run: Run }) => (
  <>
    {run.drill === null ? null : <DrillMark promise={run.promise} />}
    <Contradiction claims={run.claims} />
    <About run={run} />
    <Section title="Stages">
      <StageStepper stages={run.stages} />
    </Section>
    <Columns>
      <Section title="Evidence" flush={run.evidence.length > 0}>
        {run.evidence.length === 0 ? <p className="quiet">No evidence was attached to it.</p> : <Evidence facts={run.evidence} />}
      </Section>
      <Stack>
        <Section title="Counts" side="input = valid + invalid + skipped + suppressed + lost">
          <RunCounts counts={run.counts} unexplained={run.unexplained} />
        </Section>
        <RunItems run={run} />
        <VerdictHistory verdicts={run.verdicts} />
      </Stack>
    </Columns>
  </>
);

export const RunPage = () => {
  const { id } = useParams({ from: paths.run });
  const query = useQuery(runQuery(id));
  return (
    <Page
      title={query.data?.external_id ?? "Run"}
      trail={
        query.data ? (
          <Link to={paths.promise} params={{ name: query.data.promise }}>
            ← Promise <Text mono>{query.data.promise}</Text>
          </Link>
        ) : (
          <Link to={paths.promises}>← All promises</Link>
        )
      }
      lead={query.data ? <Text>{query.data.outcome}</Text> : undefined}
    >
      <Loaded query={query} what="the run" rows={5}>
        {(run) => <Whole run={run} />}
      </Loaded>
    </Page>
  );
};
