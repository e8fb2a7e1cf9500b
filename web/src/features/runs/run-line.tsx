// One run in one line: verdict, name, when.
import { Link } from "@tanstack/react-router";

import type { RunSummary } from "@/api/contract";
import { paths } from "@/app/paths";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";
import { VerdictBadge } from "@/ui/verdict-badge";

export const RunLine = ({ run }: { run: RunSummary }) => (
  <span>
    <VerdictBadge verdict={run.verdict} />{" "}
    <Link to={paths.run} params={{ id: run.id }}>
      <Text mono>{run.external_id}</Text>
    </Link>{" "}
    <span className="quiet">
      <TimeAgo at={run.closed_at ?? run.opened_at} />
    </span>
  </span>
);
