// The alerts of a policy that are remembered, the worst first, each with why it is as it is.
import type { Alert, Policy } from "@/api/contract";
import { sentence } from "@/lib/sentence";
import { DataTable, type Column } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { AlertBadges } from "./alert-badges";

/** An alert without a segment is about all of it, unless it is the segment of what does not say. */
const isWhole = (alert: Alert, { name, by }: Policy): boolean => by === null || alert.key === `policy:${name}`;

const columns = (policy: Policy): readonly Column<Alert>[] => [
  {
    key: "segment",
    head: policy.by ?? "Alert",
    heading: true,
    cell: (alert) => (isWhole(alert, policy) ? "all of it" : alert.segment === null ? <span className="quiet">not said</span> : <Text mono>{alert.segment}</Text>),
  },
  { key: "state", head: "State", cell: ({ state, data }) => <span><AlertBadges state={state} data={data} /></span> },
  { key: "since", head: "Since", cell: ({ since }) => <TimeAgo at={since} /> },
  {
    key: "reason",
    head: "Why",
    cell: ({ reason, partial }) => (
      <span>
        {reason === "" ? <span className="quiet">nothing to say</span> : <Text>{sentence(reason)}</Text>}
        {partial && !reason.includes("partial data") ? "; raised on partial data" : null}
      </span>
    ),
  },
];

export const Alerts = ({ policy }: { policy: Policy }) => (
  <Section title="Alerts" side={policy.alerts.length > 0 ? "the worst first" : undefined} flush={policy.alerts.length > 0}>
    {policy.alerts.length === 0 ? (
      <p className="quiet">Nothing to tell: it sees its data and its limit is kept{policy.by === null ? "" : ` by every ${policy.by}`}.</p>
    ) : (
      <DataTable caption={`Alerts of ${policy.name}`} columns={columns(policy)} rows={policy.alerts} keyOf={({ key }) => key} />
    )}
  </Section>
);
