// One trace: what happened in it, one span below the other.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";

import type { Trace } from "@/api/contract";
import { traceQuery } from "@/api/get-trace";
import { paths } from "@/app/paths";
import { Disagreements } from "@/features/traces/disagreements";
import { IncidentLinks } from "@/features/traces/incident-links";
import { ToolLoops } from "@/features/traces/tool-loops";
import { Waterfall } from "@/features/traces/waterfall";
import { counted, duration } from "@/lib/quantity";
import { CopyableId } from "@/ui/copyable-id";
import { Fact, Facts } from "@/ui/fact";
import { Instant } from "@/ui/instant";
import { Loaded } from "@/ui/loaded";
import { Money } from "@/ui/money";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

const number = (trace: Trace, is: (span: Trace["spans"][number]["span"]) => boolean): number => trace.spans.filter(({ span }) => is(span)).length;

const Summary = ({ trace }: { trace: Trace }) => {
  const apart = number(trace, ({ kind }) => kind === "duplicate" || kind === "gateway");
  return (
    <Section title="In short">
      <Facts>
        <Fact label="Started at"><Instant at={trace.start} /></Fact>
        <Fact label="Took">{duration(trace.duration_s)}</Fact>
        <Fact label="Services"><Text>{trace.services.join(", ")}</Text></Fact>
        <Fact label="Answers">{counted(number(trace, ({ is_answer }) => is_answer), "answer")}</Fact>
        <Fact label="Model calls">
          {counted(number(trace, ({ is_call }) => is_call), "call")}
          {apart > 0 ? <span className="quiet">, and {counted(apart, "span")} not counted: duplicates or a gateway's own</span> : null}
        </Fact>
        <Fact label="Tool calls">{counted(number(trace, ({ kind }) => kind === "tool"), "call")}</Fact>
        <Fact label="Failed">{counted(number(trace, ({ failed }) => failed === true), "span")}</Fact>
        <Fact label="Cost">
          <Money nanoUsd={trace.cost_nano_usd} />
          {trace.unpriced_calls > 0 ? <span className="quiet">, {counted(trace.unpriced_calls, "call")} without a price</span> : null}
        </Fact>
        <Fact label="Trace id" wide><CopyableId id={trace.trace_id} what="trace id" /></Fact>
      </Facts>
    </Section>
  );
};

export const TracePage = () => {
  const { trace } = useParams({ from: paths.trace });
  const { at } = useSearch({ from: paths.trace });
  const query = useQuery(traceQuery(trace, at));
  return (
    <Page title="Trace" trail={<Link to={paths.traces}>← All traces</Link>}>
      <Loaded query={query} what="the trace" rows={8}>
        {(data) => (
          <>
            <IncidentLinks incidents={data.incidents} />
            <ToolLoops loops={data.loops} />
            <Disagreements trace={data} />
            <Summary trace={data} />
            <Waterfall trace={data} />
          </>
        )}
      </Loaded>
    </Page>
  );
};
