// What was not stored at all since the beginning, by reason. The sender was told each time.
import type { Status } from "@/api/contract";
import { count } from "@/lib/quantity";
import { DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

export const Refused = ({ ledger }: { ledger: Status["ledger"] }) => {
  const refused = ledger.filter(({ outcome }) => outcome === "rejected" || outcome === "dropped");
  if (refused.length === 0) return null;
  return (
    <Section title="Refused whole" side="since the beginning; the sender was told" flush>
      <DataTable
        caption="What was refused, by reason"
        rows={refused}
        keyOf={({ signal, outcome, reason }) => `${signal} ${outcome} ${reason ?? ""}`}
        columns={[
          { key: "reason", head: "Reason", heading: true, cell: ({ reason }) => <Text mono>{reason}</Text> },
          { key: "signal", head: "What", cell: ({ signal }) => <Text>{signal}</Text> },
          { key: "outcome", head: "Outcome", cell: ({ outcome }) => <Text>{outcome}</Text> },
          { key: "count", head: "Count", number: true, cell: (line) => count(line.count) },
        ]}
      />
    </Section>
  );
};
