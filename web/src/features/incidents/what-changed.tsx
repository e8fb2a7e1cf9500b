// What changed when it began: dimensions and values by how much of the breach each explains.
import type { IncidentChanges } from "@/api/contract";
import { percent, plain } from "@/lib/quantity";
import { sentence } from "@/lib/sentence";
import { Badge } from "@/ui/badge";
import { DataTable, type Column } from "@/ui/data-table";
import { Instant } from "@/ui/instant";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

import styles from "./what-changed.module.css";

type Cause = IncidentChanges["causes"][number];

const COLUMNS: readonly Column<Cause>[] = [
  {
    key: "value",
    head: "What",
    heading: true,
    cell: ({ dimension, value, is_new }) => (
      <span>
        <span className="quiet"><Text>{dimension.replaceAll("_", " ")}</Text></span>{" "}
        {value === null ? <span className="quiet">not said</span> : <b><Text mono>{value}</Text></b>} {is_new ? <Badge tone="warning" icon="triangle">new</Badge> : null}
      </span>
    ),
  },
  {
    key: "explains",
    head: "Explains",
    number: true,
    cell: ({ explains_ratio, interval }) => (
      <span>
        <b>{percent(explains_ratio)}</b> <span className="quiet">95%: {percent(interval[0])} to {percent(interval[1])}</span>
      </span>
    ),
  },
  { key: "now", head: "Bad now", number: true, cell: ({ bad, of }) => `${plain(bad)} of ${plain(of)}` },
  { key: "before", head: "Bad before", number: true, cell: ({ bad_before, of_before }) => `${plain(bad_before)} of ${plain(of_before)}` },
  { key: "lift", head: "Lift", number: true, cell: ({ lift }) => (lift === null ? <Unknown word="no data" /> : `${lift.toFixed(1)}×`) },
];

const Compared = ({ changes: { now, before } }: { changes: IncidentChanges }) =>
  now === null || before === null ? null : (
    <p className={styles.compared}>
      {plain(now.bad)} of {plain(now.of)} bad from <Instant at={now.start} /> to <Instant at={now.end} clock />, against {plain(before.bad)} of {plain(before.of)} from{" "}
      <Instant at={before.start} /> to <Instant at={before.end} clock />.
    </p>
  );

export const WhatChanged = ({ changes }: { changes: IncidentChanges }) => (
  <Section title="What changed" side={changes.causes.length > 0 ? "what explains most comes first" : undefined} flush>
    <Compared changes={changes} />
    {changes.causes.length === 0 ? (
      <p className={styles.none}>{changes.reason === null ? "Nothing stands out." : <Text>{`${sentence(changes.reason)}.`}</Text>}</p>
    ) : (
      <DataTable caption="What explains the breach" columns={COLUMNS} rows={changes.causes} keyOf={({ dimension, value }) => `${dimension} ${value ?? ""}`} />
    )}
  </Section>
);
