// One promise in a list: how it stands, what it promises, what is expected next, and what is weak about it.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { PromiseSummary } from "@/api/contract";
import { paths } from "@/app/paths";
import { counted } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { Disclosure } from "@/ui/disclosure";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { DrillAge } from "./drill-age";
import styles from "./promise-card.module.css";
import { PromiseFacts } from "./promise-facts";
import { StandingBadge } from "./standing-badge";
import { VerdictCounts } from "./verdict-counts";
import { Warnings } from "./warnings";

interface Props {
  promise: PromiseSummary;
  /** The last run as a line, or words for its absence. */
  lastRun: ReactNode;
}

const Runs = ({ promise, lastRun }: Props) => (
  <div className={styles.line}>
    <span>Last run: {lastRun}</span>
    {promise.next_slot_at === null ? null : (
      <span>
        Next expected <TimeAgo at={promise.next_slot_at} />
      </span>
    )}
    <DrillAge promise={promise} />
    {promise.last_run === null ? null : <VerdictCounts verdicts={promise.verdicts} />}
  </div>
);

export const PromiseCard = ({ promise, lastRun }: Props) => (
  <li className={styles.card} data-state={promise.state}>
    <div className={styles.head}>
      <h2 className={styles.name}>
        <Link to={paths.promise} params={{ name: promise.name }}>
          <Text mono>{promise.name}</Text>
        </Link>
      </h2>
      <StandingBadge state={promise.state} />
      {promise.paused && promise.state !== "paused" ? <Badge tone="neutral" icon="dash">paused</Badge> : null}
      {promise.open_incident_id === null ? null : (
        <Link to={paths.incident} params={{ id: promise.open_incident_id }} className={styles.incident}>
          Open incident<span className="visually-hidden"> of {promise.name}</span>
        </Link>
      )}
    </div>
    <p className={styles.outcome}>
      <Text>{promise.outcome}</Text>
    </p>
    <PromiseFacts promise={promise} />
    {promise.mode === "runs" ? <Runs promise={promise} lastRun={lastRun} /> : null}
    {promise.warnings.length === 0 ? null : (
      <Disclosure summary={<span className={styles.weak}>{counted(promise.warnings.length, "weak point")}</span>}>
        {() => <Warnings warnings={promise.warnings} />}
      </Disclosure>
    )}
  </li>
);
