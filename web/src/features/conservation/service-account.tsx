// One service: its equation, and the processes it is made of.
import type { ServiceAccount as Account } from "@/api/contract";
import { count, duration } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { DataTable } from "@/ui/data-table";
import { Disclosure } from "@/ui/disclosure";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";
import { Unknown } from "@/ui/unknown";

import { BalanceTable } from "./balance-table";

type Sender = Account["senders"][number];

const sum = ({ lanes }: Sender, of: "waiting" | "unexplained"): number => lanes.reduce((total, lane) => total + (lane[of] ?? 0), 0);

const skew = ({ skew_s }: Sender): string | null =>
  skew_s === null ? null : Math.abs(skew_s) < 1 ? "right" : `${duration(Math.abs(skew_s)) ?? ""} ${skew_s > 0 ? "ahead" : "behind"}`;

const Senders = ({ senders, total }: { senders: readonly Sender[]; total: number }) => (
  <Disclosure summary={total === 1 ? "1 process" : `${count(total) ?? ""} processes`}>
    {() => (
      <>
        <DataTable
          caption="Processes, those with a remainder first"
          rows={senders}
          keyOf={({ sender }) => sender}
          columns={[
            { key: "sender", head: "Process", heading: true, cell: ({ sender }) => <Text mono>{sender}</Text> },
            { key: "told", head: "Last word", cell: ({ told_at }) => <TimeAgo at={told_at} /> },
            {
              key: "state",
              head: "State",
              cell: ({ ended }) => (ended ? <Badge tone="neutral" icon="tick">ended</Badge> : <Badge tone="good" icon="tick">sends</Badge>),
            },
            { key: "skew", head: "Clock", cell: (sender) => skew(sender) ?? <Unknown /> },
            { key: "waiting", head: "Waiting", number: true, cell: (sender) => count(sum(sender, "waiting")) },
            { key: "unexplained", head: "Unexplained", number: true, cell: (sender) => count(sum(sender, "unexplained")) },
          ]}
        />
        {total > senders.length ? <p className="quiet">Of {count(total)} the first {count(senders.length)} are shown.</p> : null}
      </>
    )}
  </Disclosure>
);

export const ServiceAccount = ({ account }: { account: Account }) => {
  const name = account.service ?? "Clients that do not state what they emit";
  return (
    <Section
      title={<Text>{name}</Text>}
      side={account.told_at === null ? "no statement" : <>last word <TimeAgo at={account.told_at} /></>}
      flush
    >
      <BalanceTable caption={`Balance of ${name}`} lanes={account.lanes} />
      {account.senders.length === 0 ? null : <Senders senders={account.senders} total={account.senders_total} />}
    </Section>
  );
};
