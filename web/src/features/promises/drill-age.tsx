// How long ago a promise last proved that its breaks are noticed.
import type { PromiseSummary } from "@/api/contract";
import { Badge } from "@/ui/badge";
import { TimeAgo } from "@/ui/time-ago";

export const DrillAge = ({ promise: { last_drill_passed_at: at, drill_overdue } }: { promise: PromiseSummary }) => (
  <span>
    {at === null ? (
      "No drill has passed"
    ) : (
      <>
        Last drill passed <TimeAgo at={at} />
      </>
    )}{" "}
    {drill_overdue ? <Badge tone="warning" icon="clock">drill overdue</Badge> : null}
  </span>
);
