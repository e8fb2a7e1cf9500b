// Breaking this promise on purpose: when it last proved itself, how, and doing it now.
import { Button, Select, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";

import type { Drill } from "@/api/contract";
import { useStartDrill } from "@/api/start-drill";
import { paths } from "@/app/paths";
import { duration } from "@/lib/quantity";
import { remember, remembered } from "@/lib/remembered";
import { Badge, type Tone } from "@/ui/badge";
import { Disclosure } from "@/ui/disclosure";
import type { IconName } from "@/ui/icon";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./drills.module.css";

const LOOK: Readonly<Record<Drill["state"], { tone: Tone; icon: IconName }>> = {
  running: { tone: "info", icon: "clock" },
  passed: { tone: "good", icon: "tick" },
  failed: { tone: "critical", icon: "cross" },
};

const FAULTS = [
  "skip-persistence",
  "fail-validation",
  "freeze-surface",
  "never-start",
  "never-close",
  "late",
  "wrong-count",
  "dead-route",
] as const;

const Checks = ({ checks }: { checks: Drill["checks"] }) => (
  <ul className={styles.checks}>
    {checks.map(({ name, expected, seen, passed }) => (
      <li key={name} data-passed={passed}>
        <Badge tone={passed ? "good" : "critical"} icon={passed ? "tick" : "cross"}>{passed ? "passed" : "failed"}</Badge>{" "}
        <b><Text>{name}</Text></b>: expected <Text>{expected}</Text>, saw <Text>{seen}</Text>
      </li>
    ))}
  </ul>
);

const DrillLine = ({ drill }: { drill: Drill }) => (
  <li className={styles.drill}>
    <p>
      <Badge {...LOOK[drill.state]}>{drill.state}</Badge> <Text mono>{drill.fault}</Text>{" "}
      <span className="quiet">
        <TimeAgo at={drill.started_at} /> by <Text>{drill.by}</Text>
        {drill.seconds_to_incident == null ? null : <>, incident after {duration(drill.seconds_to_incident)}</>}
      </span>{" "}
      {drill.incident_id == null ? null : (
        <Link to={paths.incident} params={{ id: drill.incident_id }}>
          its incident<span className="visually-hidden"> of {drill.started_at}</span>
        </Link>
      )}
    </p>
    {drill.checks.length === 0 ? null : <Disclosure summary={`${drill.checks.length} checks`}>{() => <Checks checks={drill.checks} />}</Disclosure>}
  </li>
);

const StartDrill = ({ promise }: { promise: string }) => {
  const [by, setBy] = useState(() => remembered("name"));
  const [fault, setFault] = useState<string>(FAULTS[0]);
  const start = useStartDrill(promise);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    remember("name", by.trim());
    start.mutate({ by: by.trim(), fault });
  };
  return (
    <form className={styles.form} onSubmit={submit} aria-label="Drill this promise">
      <Select label="What to break" data={[...FAULTS]} value={fault} onChange={(chosen) => setFault(chosen ?? FAULTS[0])} allowDeselect={false} size="sm" />
      <TextInput label="Your name" value={by} onChange={(event) => setBy(event.currentTarget.value)} required maxLength={80} size="sm" error={start.error?.message} />
      <Button type="submit" size="sm" variant="default" loading={start.isPending} disabled={by.trim() === ""}>Drill now</Button>
    </form>
  );
};

interface Props {
  promise: string;
  drills: readonly Drill[];
  lastPassedAt: string | null;
  overdue: boolean;
}

export const Drills = ({ promise, drills, lastPassedAt, overdue }: Props) => (
  <Section title="Drills" side={overdue ? <Badge tone="warning" icon="clock">overdue</Badge> : undefined}>
    <div className={styles.part}>
      <p>{lastPassedAt == null ? "No drill of this promise has passed yet: nobody knows that its incident would come." : <>The last drill passed <TimeAgo at={lastPassedAt} />.</>}</p>
      {drills.length === 0 ? null : (
        <ul className={styles.drills}>
          {drills.map((drill) => (
            <DrillLine key={drill.id} drill={drill} />
          ))}
        </ul>
      )}
      <StartDrill promise={promise} />
      <p className="quiet">A drill goes through the real receiving, judging and routing, to the drill channel only.</p>
    </div>
  </Section>
);
