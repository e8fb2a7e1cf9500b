// What is wrong with a span, each in a badge of its own; nothing where nothing is.
import type { Span } from "@/api/contract";
import { Badge } from "@/ui/badge";
import { Text } from "@/ui/text";

interface Props {
  span: Pick<Span, "failed" | "error_type" | "unsafe_claim_served" | "stream_end" | "attempt" | "is_answer" | "route">;
}

export const SpanMarks = ({ span }: Props) => (
  <>
    {span.unsafe_claim_served === true ? <Badge tone="critical" icon="octagon">unsafe claim served</Badge> : null}
    {span.is_answer && (span.unsafe_claim_served === null || span.route === null) ? <Badge tone="doubt" icon="question">unverified</Badge> : null}
    {span.failed === true ? <Badge tone="critical" icon="cross">{span.error_type === null ? "failed" : <Text>{span.error_type}</Text>}</Badge> : null}
    {span.stream_end === "broken" || span.stream_end === "abandoned" ? <Badge tone="warning" icon="triangle">{`stream ${span.stream_end}`}</Badge> : null}
    {span.attempt !== null && span.attempt > 1 ? <Badge tone="warning" icon="retry">{`attempt ${span.attempt}`}</Badge> : null}
  </>
);
