// Why facts were not believed: how often, by whom, and what to do about it; each reason is a way to its samples.
import { Link } from "@tanstack/react-router";

import type { QuarantineReason } from "@/api/contract";
import { paths } from "@/app/paths";
import { QUARANTINE_REASONS } from "@/lib/condition";
import { count } from "@/lib/quantity";
import { sentence } from "@/lib/sentence";
import { DataTable } from "@/ui/data-table";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./quarantine-list.module.css";

const Name = ({ reason }: { reason: string }) => {
  const known = QUARANTINE_REASONS.find((each) => each === reason);
  return known === undefined ? <Text mono>{reason}</Text> : <Link to={paths.quarantine} search={{ reason: known }}><Text mono>{reason}</Text></Link>;
};

export const Reasons = ({ reasons }: { reasons: readonly QuarantineReason[] }) => (
  <DataTable
    caption="Reasons, the most frequent first"
    rows={reasons}
    keyOf={({ reason }, index) => `${reason} ${index}`}
    columns={[
      {
        key: "reason",
        head: "Reason",
        heading: true,
        cell: ({ reason, detail }) => <div className={styles.reason}><Name reason={reason} /><p><Text>{sentence(detail)}</Text></p></div>,
      },
      { key: "spans", head: "Spans", number: true, cell: ({ spans }) => count(spans) },
      { key: "services", head: "Services", cell: ({ services }) => <Text>{services.join(", ")}</Text> },
      { key: "last", head: "Last seen", cell: ({ last_at }) => <TimeAgo at={last_at} /> },
      { key: "remedy", head: "What to do", cell: ({ remedy }) => <Text>{remedy}</Text> },
    ]}
  />
);
