// One promise: what it promises, how it is proven, how it went.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { PromiseSummary } from "@/api/contract";
import { paths } from "@/app/paths";
import { Text } from "@/ui/text";

import { PromiseFacts } from "./promise-facts";
import styles from "./promise-card.module.css";
import { VerdictCounts } from "./verdict-counts";

interface Props {
  promise: PromiseSummary;
  /** The last run as a line, or words for its absence. */
  lastRun: ReactNode;
}

export const PromiseCard = ({ promise, lastRun }: Props) => (
  <li className={styles.card} data-verdict={promise.last_run?.verdict ?? "none"}>
    <h2 className={styles.name}>
      <Link to={paths.promise} params={{ name: promise.name }}>
        <Text mono>{promise.name}</Text>
      </Link>
    </h2>
    <p className={styles.outcome}>
      <Text>{promise.outcome}</Text>
    </p>
    <PromiseFacts promise={promise} />
    <div className={styles.results}>
      <span>Last run: {lastRun}</span>
      <VerdictCounts verdicts={promise.verdicts} />
    </div>
  </li>
);
