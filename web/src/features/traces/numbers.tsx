// The numbers of a span, each with the attribute it was read from: a figure nobody can trace is a rumour.
import type { SpanDetail, SpanFact } from "@/api/contract";
import { count, duration, plain } from "@/lib/quantity";
import { DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

const LABELS: Readonly<Record<string, string>> = {
  input_tokens: "Input tokens",
  cached_input_tokens: "of these from a cache",
  cache_write_tokens: "of these written to a cache",
  output_tokens: "Output tokens",
  reasoning_tokens: "of these reasoning",
  ttft_s: "Time to first token",
  duration_s: "Total time",
  usage_basis: "Cached tokens are counted",
  ttft_kind: "First token means",
};
const ORDER = Object.keys(LABELS);

const valueOf = ({ key, value }: SpanFact): string | null => {
  if (value === null) return null;
  if (typeof value === "number") return key.endsWith("_s") ? duration(value) : (count(value) ?? plain(value));
  return typeof value === "boolean" ? (value ? "yes" : "no") : value;
};

/** A fact as people read it; unknown where nobody said. */
export const FactValue = ({ fact }: { fact: SpanFact }) => {
  const text = valueOf(fact);
  return text === null ? <Unknown /> : typeof fact.value === "string" ? <Text mono>{text}</Text> : <span className="nums">{text}</span>;
};

export const Source = ({ fact }: { fact: SpanFact }) =>
  fact.value === null ? <span className="quiet">nobody said</span> : <Text mono>{fact.source}</Text>;

export const Numbers = ({ detail }: { detail: SpanDetail }) => {
  const facts = ORDER.flatMap((key) => detail.facts.filter((fact) => fact.key === key));
  return (
    <Section title="Numbers" side={<>read as <Text mono>{detail.dialect}</Text>, tables <Text mono>{detail.wire_version}</Text></>} flush>
      <DataTable
        caption="Numbers of the span and where each was read"
        rows={facts}
        keyOf={({ key }) => key}
        columns={[
          { key: "what", head: "What", heading: true, cell: ({ key }) => LABELS[key] ?? key },
          { key: "value", head: "Value", number: true, cell: (fact) => <FactValue fact={fact} /> },
          { key: "source", head: "Read from", cell: (fact) => <Source fact={fact} /> },
        ]}
      />
    </Section>
  );
};
