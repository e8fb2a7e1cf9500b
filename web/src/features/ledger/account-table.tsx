// Everybody who paged, as the server orders them: how often, what the pages were worth, and how soon they told.
import type { LedgerAccount } from "@/api/contract";
import { count } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { DataTable, type Column } from "@/ui/data-table";
import { SeverityBadge } from "@/ui/severity-badge";

import { worthOf } from "./account";
import { Precision, TimeToDetect } from "./measures";
import { SourceName } from "./source-name";

const KINDS: Readonly<Record<LedgerAccount["source"]["type"], string | null>> = { policy: null, promise: "promise", other: "not declared" };

const COLUMNS: readonly Column<LedgerAccount>[] = [
  {
    key: "source",
    head: "Who paged",
    heading: true,
    cell: ({ source, severity, demotion }) => (
      <span>
        <SourceName source={source} /> {KINDS[source.type] === null ? null : <span className="quiet">{KINDS[source.type]} </span>}
        <SeverityBadge severity={severity} />{" "}
        {demotion === null ? null : <Badge tone="warning" icon="triangle">proposed: {demotion.to ?? "out"}</Badge>}
      </span>
    ),
  },
  { key: "pages", head: "Pages", number: true, cell: ({ pages }) => count(pages) },
  { key: "worth", head: "Marked as", cell: (account) => <span className="nums">{worthOf(account).join(", ")}</span> },
  { key: "precision", head: "Precision", cell: (account) => <Precision account={account} /> },
  { key: "detect", head: "Time to detect", cell: (account) => <TimeToDetect account={account} /> },
];

export const AccountTable = ({ accounts }: { accounts: readonly LedgerAccount[] }) => (
  <DataTable caption="What pages were worth, by who paged" columns={COLUMNS} rows={accounts} keyOf={({ source }) => `${source.type} ${source.name}`} />
);
