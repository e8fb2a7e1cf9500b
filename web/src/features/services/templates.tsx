// Which template served what.
import type { Window } from "@/api/contract";
import { count, percent } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

export const Templates = ({ templates }: { templates: Window["templates"] }) => (
  <Section title="Templates" flush={templates.length > 0}>
    {templates.length === 0 ? (
      <p className="quiet">No answer of this window names its template.</p>
    ) : (
      <DataTable
        caption="Answers by template"
        rows={templates}
        keyOf={({ template_id }, index) => template_id ?? `unknown ${index}`}
        columns={[
          { key: "id", head: "Template", heading: true, cell: ({ template_id }) => <Text mono>{template_id}</Text> },
          { key: "answers", head: "Answers", number: true, cell: ({ answers }) => count(answers) },
          {
            key: "unsafe",
            head: "Unsafe",
            number: true,
            cell: ({ unsafe, answers }) =>
              unsafe > 0 ? (
                <Badge tone="critical" icon="octagon">{`${unsafe} (${percent(share(unsafe, answers)) ?? ""})`}</Badge>
              ) : answers > 0 ? (
                "0"
              ) : (
                <Unknown word="no data" />
              ),
          },
        ]}
      />
    )}
  </Section>
);
