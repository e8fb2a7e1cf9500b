// How often a promise was kept, and how often not.
import type { PromiseSummary } from "@/api/contract";
import { count } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { VERDICT_LOOK, VERDICTS } from "@/ui/verdict-badge";

import styles from "./verdict-counts.module.css";

export const VerdictCounts = ({ verdicts }: { verdicts: PromiseSummary["verdicts"] }) => {
  const seen = VERDICTS.filter((verdict) => verdicts[verdict] > 0);
  if (seen.length === 0) return <span className="quiet">no runs yet: nothing is proven</span>;
  return (
    <ul className={styles.counts} aria-label="Runs by verdict">
      {seen.map((verdict) => (
        <li key={verdict}>
          <Badge {...VERDICT_LOOK[verdict]}>
            {count(verdicts[verdict])} {verdict}
          </Badge>
        </li>
      ))}
    </ul>
  );
};
