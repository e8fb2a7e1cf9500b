// Each lane's equation, number by number: what was emitted, and where it is.
import type { LaneBalance } from "@/api/contract";
import { count } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { DataTable } from "@/ui/data-table";
import { Unknown } from "@/ui/unknown";

import { Dropped } from "./dropped";
import { LANE_NAMES } from "./lane-names";

const Remainder = ({ unexplained }: Pick<LaneBalance, "unexplained">) => {
  if (unexplained === null) return <Unknown />;
  return unexplained === 0 ? (
    <Badge tone="good" icon="tick">none</Badge>
  ) : (
    <Badge tone="critical" icon="cross">{count(unexplained)} missing</Badge>
  );
};

export const BalanceTable = ({ caption, lanes }: { caption: string; lanes: readonly LaneBalance[] }) => (
  <DataTable
    caption={caption}
    rows={lanes}
    keyOf={({ lane }) => lane}
    columns={[
      { key: "lane", head: "What", heading: true, cell: ({ lane }) => LANE_NAMES[lane] },
      { key: "emitted", head: "Emitted", number: true, cell: ({ emitted }) => count(emitted) ?? <Unknown /> },
      { key: "stored", head: "Stored", number: true, cell: ({ stored }) => count(stored) },
      { key: "duplicate", head: "Duplicate", number: true, cell: ({ duplicate }) => count(duplicate) },
      { key: "rejected", head: "Rejected", number: true, cell: ({ rejected }) => count(rejected) },
      { key: "dropped", head: "Dropped", number: true, cell: ({ dropped }) => <Dropped dropped={dropped} /> },
      { key: "waiting", head: "Waiting", number: true, cell: ({ waiting }) => count(waiting) ?? <Unknown /> },
      { key: "unexplained", head: "Unexplained", cell: ({ unexplained }) => <Remainder unexplained={unexplained} /> },
    ]}
  />
);
