// By which rules the span was scrubbed before it was written, and that no raw content is in it.
import type { SpanDetail } from "@/api/contract";
import { Badge } from "@/ui/badge";
import { FactTable } from "@/ui/fact-table";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

export const ScrubReport = ({ scrub }: { scrub: SpanDetail["scrub"] }) => (
  <Section title="Scrubbing" flush>
    <FactTable
      lines={[
        { key: "policy", label: "Scrub policy", value: <Text mono>{scrub.policy}</Text> },
        {
          key: "current",
          label: "In force now",
          value: scrub.is_current === null ? null : scrub.is_current ? "yes" : <Badge tone="info" icon="clock">no, the rules changed since</Badge>,
        },
        { key: "raw", label: "Prompts and messages in this record", value: scrub.raw_payload_stored ? "yes" : <Badge tone="good" icon="tick">none kept</Badge> },
      ]}
    />
  </Section>
);
