// The runs a schedule expected, newest first, and those it expects next.
import { Link } from "@tanstack/react-router";

import type { PromiseDetail, Slot } from "@/api/contract";
import { paths } from "@/app/paths";
import { Badge, type Tone } from "@/ui/badge";
import { DataTable, type Column } from "@/ui/data-table";
import type { IconName } from "@/ui/icon";
import { Instant } from "@/ui/instant";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./slots.module.css";

const LOOK: Readonly<Record<Slot["state"], { tone: Tone; icon: IconName }>> = {
  expected: { tone: "neutral", icon: "dots" },
  started: { tone: "info", icon: "clock" },
  kept: { tone: "good", icon: "tick" },
  broken: { tone: "critical", icon: "cross" },
  missed: { tone: "critical", icon: "cross" },
  paused: { tone: "neutral", icon: "dash" },
};

const COLUMNS: readonly Column<Slot>[] = [
  { key: "at", head: "Expected at", heading: true, cell: (slot) => <Instant at={slot.at} /> },
  {
    key: "state",
    head: "State",
    cell: (slot) => (
      <span className={styles.state}>
        <Badge {...LOOK[slot.state]}>{slot.state}</Badge>
        {slot.state === "missed" ? (
          <span className="quiet">
            not begun by <Instant at={slot.start_by} clock />
          </span>
        ) : null}
      </span>
    ),
  },
  { key: "due", head: "Proven by", cell: (slot) => <Instant at={slot.due_at} clock /> },
  {
    key: "run",
    head: "Run",
    cell: (slot) =>
      slot.run_id === null ? (
        <span className="quiet whole">none</span>
      ) : (
        <Link to={paths.run} params={{ id: slot.run_id }} className="whole">
          open <span className="visually-hidden">the run of {slot.at}</span>
        </Link>
      ),
  },
];

export const NextSlots = ({ promise }: { promise: PromiseDetail }) => (
  <Section title="Expected next" side={<Text mono>{promise.schedule}</Text>}>
    {promise.next_slots.length === 0 ? (
      <p className="quiet">{promise.paused ? "Paused: no run is expected." : "The next run is expected once one has begun."}</p>
    ) : (
      <ol className={styles.next}>
        {promise.next_slots.map((at) => (
          <li key={at}>
            <Instant at={at} />{" "}
            <span className="quiet">
              <TimeAgo at={at} focusable={false} />
            </span>
          </li>
        ))}
      </ol>
    )}
  </Section>
);

export const RecentSlots = ({ slots }: { slots: readonly Slot[] }) => (
  <Section title="Expected runs" side="newest first" flush>
    <DataTable caption="Expected runs" columns={COLUMNS} rows={slots} keyOf={(slot) => slot.at} />
  </Section>
);
