// How fast: exact nearest-rank quantiles, how many values they rest on, how many are unknown.
import type { Quantiles, Window } from "@/api/contract";
import { count, duration, throughput } from "@/lib/quantity";
import { DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { Unknown } from "@/ui/unknown";

import styles from "./speed.module.css";

interface Row {
  what: string;
  quantiles: Quantiles;
}

const NoData = () => <Unknown word="no data" />;

export const Speed = ({ window }: { window: Window }) => {
  const { tokens_per_s, n, undefined: without } = window.throughput;
  const rows: readonly Row[] = [
    { what: "Time to first token", quantiles: window.ttft },
    { what: "Total time", quantiles: window.duration },
  ];
  return (
    <Section title="Speed" side={window.ttft.method} flush>
      <DataTable
        caption="Latency quantiles"
        rows={rows}
        keyOf={({ what }) => what}
        columns={[
          { key: "what", head: "Measure", heading: true, cell: ({ what }) => what },
          { key: "p50", head: "p50", number: true, cell: ({ quantiles }) => duration(quantiles.p50_s) ?? <NoData /> },
          { key: "p95", head: "p95", number: true, cell: ({ quantiles }) => <b>{duration(quantiles.p95_s) ?? <NoData />}</b> },
          { key: "n", head: "n", number: true, cell: ({ quantiles }) => count(quantiles.n) },
          { key: "unknown", head: "Unknown", number: true, cell: ({ quantiles }) => count(quantiles.unknown) },
        ]}
      />
      <p className={styles.throughput}>
        Throughput after the first token: <b className="nums">{throughput(tokens_per_s) ?? <NoData />}</b>{" "}
        <span className="quiet nums">
          n {count(n)}, undefined {count(without)}
        </span>
      </p>
    </Section>
  );
};
