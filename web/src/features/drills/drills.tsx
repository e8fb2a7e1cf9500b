// Breaking a promise on purpose: when it last proved itself, how, and doing it now.
import type { Drill } from "@/api/contract";
import { Badge } from "@/ui/badge";
import { Section } from "@/ui/section";
import { TimeAgo } from "@/ui/time-ago";

import { DrillLine } from "./drill-line";
import styles from "./drills.module.css";
import { StartDrill } from "./start-drill";

interface Props {
  promise: string;
  drills: readonly Drill[];
  lastPassedAt: string | null;
  overdue: boolean;
}

export const Drills = ({ promise, drills, lastPassedAt, overdue }: Props) => (
  <Section title="Drills" side={overdue ? <Badge tone="warning" icon="clock">overdue</Badge> : "broken on purpose"} flush>
    <p className={styles.last}>
      {lastPassedAt === null ? (
        "No drill of it has passed yet, so nobody knows that its incident would come."
      ) : (
        <>
          The last drill that passed was <TimeAgo at={lastPassedAt} />.
        </>
      )}
    </p>
    {drills.length === 0 ? null : (
      <ul aria-label="Drills, newest first">
        {drills.map((drill) => (
          <DrillLine key={drill.id} drill={drill} />
        ))}
      </ul>
    )}
    <div className={styles.start}>
      <StartDrill promise={promise} running={drills.some(({ state }) => state === "running")} />
    </div>
  </Section>
);
