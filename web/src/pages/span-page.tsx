// One answer, call or step: what it decided, its numbers and where they come from, its price, and how it was scrubbed.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";

import type { SpanDetail } from "@/api/contract";
import { spanQuery } from "@/api/get-span";
import { paths } from "@/app/paths";
import { AllFacts } from "@/features/traces/all-facts";
import { Counting } from "@/features/traces/counting";
import { Decision } from "@/features/traces/decision";
import { IncidentLinks } from "@/features/traces/incident-links";
import { Numbers } from "@/features/traces/numbers";
import { ScrubReport } from "@/features/traces/scrub-report";
import { SetAside } from "@/features/traces/set-aside";
import { SpanCost } from "@/features/traces/span-cost";
import { SpanKindBadge } from "@/features/traces/span-kind";
import { SpanMarks } from "@/features/traces/span-marks";
import { ToolLoops } from "@/features/traces/tool-loops";
import { Columns, Stack } from "@/ui/columns";
import { CopyableId } from "@/ui/copyable-id";
import { Fact, Facts } from "@/ui/fact";
import { Instant } from "@/ui/instant";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

const Told = ({ detail: { span } }: { detail: SpanDetail }) => (
  <Section title="What and where">
    <Facts>
      <Fact label="Service"><Text mono>{span.service}</Text></Fact>
      <Fact label="Started at"><Instant at={span.at} /></Fact>
      <Fact label="Operation"><Text mono>{span.operation}</Text></Fact>
      <Fact label="Model"><Text mono>{span.model}</Text>{span.provider === null ? null : <span className="quiet"> at <Text>{span.provider}</Text></span>}</Fact>
      {span.agent === null ? null : <Fact label="Agent"><Text mono>{span.agent}</Text></Fact>}
      {span.tool === null ? null : <Fact label="Tool"><Text mono>{span.tool}</Text> <span className="quiet"><Text>{span.tool_status}</Text></span></Fact>}
      <Fact label="Trace id" wide><CopyableId id={span.trace_id} what="trace id" /></Fact>
      <Fact label="Span id"><CopyableId id={span.span_id} what="span id" /></Fact>
    </Facts>
  </Section>
);

export const SpanPage = () => {
  const { trace, span } = useParams({ from: paths.span });
  const { at } = useSearch({ from: paths.span });
  const query = useQuery(spanQuery(trace, span, at));
  const shown = query.data?.span;
  return (
    <Page
      title={shown ? (shown.request_id ?? shown.name) : "Span"}
      trail={
        <>
          <Link to={paths.traces}>← All traces</Link> · <Link to={paths.trace} params={{ trace }} search={at === undefined ? {} : { at }}>Its trace</Link>
        </>
      }
      side={shown ? <><SpanKindBadge kind={shown.kind} /> <SpanMarks span={shown} /></> : undefined}
    >
      <Loaded query={query} what="the span" rows={8}>
        {(detail) => (
          <>
            <IncidentLinks incidents={detail.incidents} />
            <SetAside quarantine={detail.quarantine} />
            <ToolLoops loops={detail.loops} />
            <Decision detail={detail} />
            <Columns main>
              <Stack>
                <Numbers detail={detail} />
                <Told detail={detail} />
              </Stack>
              <Stack>
                <SpanCost cost={detail.cost} />
                <Counting detail={detail} />
                <ScrubReport scrub={detail.scrub} />
              </Stack>
            </Columns>
            <AllFacts facts={detail.facts} />
          </>
        )}
      </Loaded>
    </Page>
  );
};
