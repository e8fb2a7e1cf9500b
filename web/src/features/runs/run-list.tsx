// Runs of one promise or of several, newest first.
import { Link } from "@tanstack/react-router";

import type { RunSummary } from "@/api/contract";
import { paths } from "@/app/paths";
import { sentence } from "@/lib/sentence";
import { DataTable, type Column } from "@/ui/data-table";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";
import { VerdictBadge } from "@/ui/verdict-badge";

const RUN: Column<RunSummary> = {
  key: "run",
  head: "Run",
  heading: true,
  cell: (run) => (
    <Link to={paths.run} params={{ id: run.id }}>
      <Text mono>{run.external_id}</Text>
    </Link>
  ),
};

const PROMISE: Column<RunSummary> = {
  key: "promise",
  head: "Promise",
  cell: (run) => (
    <Link to={paths.promise} params={{ name: run.promise }}>
      <Text mono>{run.promise}</Text>
    </Link>
  ),
};

const DUE: Column<RunSummary> = {
  key: "due",
  head: "Due",
  cell: (run) => <TimeAgo at={run.due_at} absent="none" />,
};

const REST: readonly Column<RunSummary>[] = [
  { key: "verdict", head: "Verdict", cell: (run) => <VerdictBadge verdict={run.verdict} /> },
  {
    key: "reason",
    head: "Why",
    // The reason names the stage to blame, where there is one.
    cell: (run) => <Text>{sentence(run.reason)}</Text>,
  },
  { key: "opened", head: "Opened", cell: (run) => <TimeAgo at={run.opened_at} absent="none" /> },
  {
    key: "incident",
    head: "Incident",
    cell: (run) =>
      run.incident_id == null ? (
        <span className="quiet">none</span>
      ) : (
        <Link to={paths.incident} params={{ id: run.incident_id }}>
          open <span className="visually-hidden">the incident of {run.external_id}</span>
        </Link>
      ),
  },
];

interface Props {
  caption: string;
  runs: readonly RunSummary[];
  withPromise?: boolean;
}

export const RunList = ({ caption, runs, withPromise = false }: Props) => (
  <DataTable
    caption={caption}
    columns={withPromise ? [RUN, PROMISE, ...REST] : [RUN, ...REST, DUE]}
    rows={runs}
    keyOf={(run) => run.id}
  />
);
