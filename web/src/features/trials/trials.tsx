// Trials of a policy: how far each is, what came out, and what is known to have been broken in its history.
import type { ReactNode } from "react";

import type { Trial } from "@/api/contract";
import { count } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { Empty } from "@/ui/empty";
import { Instant } from "@/ui/instant";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { BacktestResult } from "./backtest-result";
import { CalibrationResult } from "./calibration-result";
import styles from "./trials.module.css";

const STATE = {
  waiting: <Badge tone="neutral" icon="dots">waiting</Badge>,
  running: <Badge tone="info" icon="play">running</Badge>,
  done: <Badge tone="good" icon="tick">done</Badge>,
  failed: <Badge tone="critical" icon="cross">failed</Badge>,
} as const;

const Result = ({ trial }: { trial: Trial }) => {
  if (trial.failure !== null) return <p role="alert">Nothing came out: <Text>{trial.failure}</Text></p>;
  if (trial.backtest !== null) return <BacktestResult backtest={trial.backtest} />;
  if (trial.calibration !== null) return <CalibrationResult calibration={trial.calibration} />;
  const done = Math.floor(trial.done_ratio * 100);
  return (
    <div>
      <p><Text>{trial.doing}</Text>, {done}%</p>
      <progress className={styles.progress} value={trial.done_ratio} aria-label={`Progress of the ${trial.kind}`} />
    </div>
  );
};

const Labels = ({ trial: { labels } }: { trial: Trial }) => {
  if (labels.broken + labels.quiet === 0 && !labels.is_complete) {
    return <>Nobody has said what was broken then: mark the pages of incidents, and false alarms can be counted.</>;
  }
  return <>Known of that time: {count(labels.broken)} broken, {count(labels.quiet)} false alarms{labels.is_complete ? ", and nothing else was broken" : ""}.</>;
};

const Line = ({ trial }: { trial: Trial }) => (
  <li className={styles.trial}>
    <p className={styles.head}>
      <b>{trial.kind === "backtest" ? "Backtest" : "Calibration"}</b> {STATE[trial.state]}
      <span className="quiet">
        by <Text>{trial.by}</Text>, <TimeAgo at={trial.ordered_at} />, version <Text mono>{trial.version}</Text>
      </span>
    </p>
    <p className="quiet">
      <Instant at={trial.start} /> to <Instant at={trial.end} />. <Labels trial={trial} />
    </p>
    <Result trial={trial} />
  </li>
);

interface Props {
  trials: readonly Trial[];
  /** The ways to start one. */
  start: ReactNode;
}

export const Trials = ({ trials, start }: Props) => (
  <Section title="Try it on history" side="nothing is put in force by it">
    <div className={styles.trials}>
      <div className={styles.start}>{start}</div>
      {trials.length === 0 ? (
        <Empty title="Not tried yet">A backtest says how often it would have paged; a calibration proposes a limit with its false alarms.</Empty>
      ) : (
        <ol className={styles.list} aria-label="Trials, newest first">
          {trials.map((trial) => <Line key={trial.id} trial={trial} />)}
        </ol>
      )}
    </div>
  </Section>
);
