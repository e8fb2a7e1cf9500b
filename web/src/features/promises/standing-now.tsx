// How a promise stands now, above how its runs went so far.
import type { PromiseSummary } from "@/api/contract";
import { Badge } from "@/ui/badge";

import { StandingBadge } from "./standing-badge";
import styles from "./standing-now.module.css";
import { VerdictCounts } from "./verdict-counts";

export const StandingNow = ({ promise }: { promise: PromiseSummary }) => (
  <div className={styles.standing}>
    <p>
      <span className="quiet">now</span> <StandingBadge state={promise.state} />{" "}
      {promise.drill_overdue ? <Badge tone="warning" icon="clock">drill overdue</Badge> : null}
    </p>
    {promise.mode === "runs" ? <VerdictCounts verdicts={promise.verdicts} /> : null}
  </div>
);
