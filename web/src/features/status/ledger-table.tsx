// What became of every signal: nothing vanishes without a reason.
import { Link } from "@tanstack/react-router";

import type { Status } from "@/api/contract";
import { paths } from "@/app/paths";
import { count } from "@/lib/quantity";
import { Badge, type Tone } from "@/ui/badge";
import { DataTable } from "@/ui/data-table";
import type { IconName } from "@/ui/icon";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

interface Look {
  tone: Tone;
  icon: IconName;
}

const LOOK: Readonly<Record<string, Look>> = {
  stored: { tone: "good", icon: "tick" },
  duplicate: { tone: "neutral", icon: "copy" },
  rejected: { tone: "warning", icon: "cross" },
  quarantined: { tone: "doubt", icon: "question" },
  dropped: { tone: "critical", icon: "cross" },
};

const OTHER: Look = { tone: "neutral", icon: "dots" };

export const LedgerTable = ({ ledger }: { ledger: Status["ledger"] }) => (
  <Section title="Ledger" side={<Link to={paths.conservation}>where everything is</Link>} flush={ledger.length > 0}>
    {ledger.length === 0 ? (
      <p className="quiet">No signal has arrived yet.</p>
    ) : (
      <DataTable
        caption="Signals by outcome"
        rows={ledger}
        keyOf={({ signal, outcome, reason }) => `${signal} ${outcome} ${reason ?? ""}`}
        columns={[
          { key: "signal", head: "Signal", heading: true, cell: ({ signal }) => <Text mono>{signal}</Text> },
          { key: "outcome", head: "Outcome", cell: ({ outcome }) => <Badge {...(LOOK[outcome] ?? OTHER)}><Text>{outcome}</Text></Badge> },
          {
            key: "reason",
            head: "Reason",
            cell: ({ reason }) => (reason == null ? <span className="quiet">none</span> : <Text>{reason}</Text>),
          },
          { key: "count", head: "Count", number: true, cell: ({ count: value }) => count(value) },
        ]}
      />
    )}
  </Section>
);
