// In what a span counts, and which other spans tell of the same call.
import { Link } from "@tanstack/react-router";

import type { SpanDetail } from "@/api/contract";
import { paths } from "@/app/paths";
import { percent } from "@/lib/quantity";
import { FactTable } from "@/ui/fact-table";
import { ListStack } from "@/ui/columns";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import { SpanKindBadge } from "./span-kind";

const countsAs = ({ span }: SpanDetail): string => {
  if (span.kind === "duplicate") return "nothing: another span counts this call";
  if (span.kind === "gateway") return "nothing: internal to a gateway";
  const counted = [span.is_answer ? "an answer" : null, span.is_call ? "a model call" : null].filter((each) => each !== null);
  return counted.length > 0 ? counted.join(" and ") : "nothing: it is no answer and no call of a model";
};

const factOf = (detail: SpanDetail, key: string) => detail.facts.find((fact) => fact.key === key)?.value ?? null;

export const Counting = ({ detail }: { detail: SpanDetail }) => {
  const { span, duplicates } = detail;
  const ppm = factOf(detail, "sampled_ppm");
  const reason = factOf(detail, "sample_reason");
  const retryOf = factOf(detail, "retry_of");
  const to = (id: string) => (
    <Link to={paths.span} params={{ trace: span.trace_id, span: id }} search={{ at: span.at }}><Text mono>{id}</Text></Link>
  );
  return (
    <Section title="How it counts" flush>
      <FactTable
        lines={[
          { key: "as", label: "Counts as", value: countsAs(detail) },
          ...(span.call_id !== null && span.call_id !== span.span_id ? [{ key: "by", label: "Counted by span", value: to(span.call_id) }] : []),
          ...(duplicates.length > 0
            ? [{ key: "also", label: "Also told of by", value: <ListStack>{duplicates.map((each) => <li key={each.span_id}>{to(each.span_id)} <SpanKindBadge kind={each.kind} /></li>)}</ListStack> }]
            : []),
          ...(typeof retryOf === "string" ? [{ key: "retry", label: "Retry of", value: to(retryOf) }] : []),
          { key: "attempt", label: "Attempt", value: span.attempt },
          { key: "chance", label: "Inclusion probability", value: typeof ppm === "number" ? percent(ppm / 1_000_000) : "100%, nothing was left out" },
          ...(reason === null ? [] : [{ key: "kept", label: "Kept because", value: <Text>{String(reason)}</Text> }]),
        ]}
      />
    </Section>
  );
};
