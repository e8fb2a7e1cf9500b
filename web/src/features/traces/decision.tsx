// The decision contract of an answer. What is missing is unverified, never safe.
import type { SpanDetail } from "@/api/contract";
import { Badge } from "@/ui/badge";
import { Banner } from "@/ui/banner";
import { CopyableId } from "@/ui/copyable-id";
import { Fact, Facts } from "@/ui/fact";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

const textOf = (detail: SpanDetail, key: string): string | null => {
  const value = detail.facts.find((fact) => fact.key === key)?.value ?? null;
  return value === null ? null : String(value);
};

export const Decision = ({ detail }: { detail: SpanDetail }) => {
  const { span } = detail;
  if (!span.is_answer) return null;
  const missing = [span.route === null ? "its route" : null, span.unsafe_claim_served === null ? "whether an unsafe claim was served" : null].filter((each) => each !== null);
  return (
    <Section title="Decision">
      {missing.length > 0 ? (
        <Banner tone="doubt" icon="question" title="Unverified">
          <p>The answer does not say {missing.join(" nor ")}. That is never read as safe.</p>
        </Banner>
      ) : null}
      <Facts>
        <Fact label="Request id"><CopyableId id={span.request_id} what="request id" /></Fact>
        <Fact label="Route"><Text mono>{span.route}</Text></Fact>
        <Fact label="First failed stage"><Text mono>{span.first_failed_stage}</Text></Fact>
        <Fact label="Unsafe claim served">
          {span.unsafe_claim_served === null ? <Unknown /> : span.unsafe_claim_served ? <Badge tone="critical" icon="octagon">yes, served</Badge> : <Badge tone="good" icon="tick">no</Badge>}
        </Fact>
        <Fact label="Template"><Text mono>{span.template_id}</Text></Fact>
        <Fact label="Evidence version"><Text mono>{textOf(detail, "evidence_version")}</Text></Fact>
        <Fact label="Segment"><Text mono>{span.segment}</Text></Fact>
        <Fact label="Case"><Text mono>{textOf(detail, "case_id")}</Text></Fact>
      </Facts>
    </Section>
  );
};
