// One drill: what was broken, whether the product noticed, and every check; what failed is told without being asked.
import { Link } from "@tanstack/react-router";

import type { Drill } from "@/api/contract";
import { paths } from "@/app/paths";
import { counted, duration } from "@/lib/quantity";
import { Disclosure } from "@/ui/disclosure";
import { Icon } from "@/ui/icon";
import { Instant } from "@/ui/instant";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./drill-line.module.css";
import { DrillStateBadge } from "./drill-state-badge";

const Checks = ({ checks, label }: { checks: Drill["checks"]; label: string }) => (
  <ul className={styles.checks} aria-label={label}>
    {checks.map(({ name, expected, seen, passed }) => (
      <li key={name} className={styles.check} data-passed={passed}>
        <Icon name={passed ? "tick" : "cross"} size={12} />
        <span>
          <span className="visually-hidden">{passed ? "passed" : "failed"} </span>
          <b><Text>{name}</Text></b>:{" "}
          {passed ? (
            <Text>{seen}</Text>
          ) : (
            <>
              expected <Text>{expected}</Text>, saw <b><Text>{seen}</Text></b>
            </>
          )}
        </span>
      </li>
    ))}
  </ul>
);

const Steps = ({ steps }: Pick<Drill, "steps">) => (
  <ol className={styles.steps} aria-label="Steps">
    {steps.map(({ at, text }, index) => (
      <li key={index}>
        <span className="quiet"><Instant at={at} clock /></span> <Text>{text}</Text>
      </li>
    ))}
  </ol>
);

export const DrillLine = ({ drill }: { drill: Drill }) => {
  const { checks, fault, state, steps } = drill;
  const failed = checks.filter(({ passed }) => !passed);
  const newest = steps.at(-1);
  return (
    <li className={styles.drill}>
      <p>
        <DrillStateBadge state={state} /> <b><Text mono>{fault}</Text></b>{" "}
        <span className="quiet">
          <TimeAgo at={drill.started_at} /> by <Text>{drill.by}</Text>
        </span>
      </p>
      <p className={styles.incident}>
        {drill.incident_id === null ? (
          state === "running" ? "No incident yet" : "No incident came"
        ) : (
          <>
            <Link to={paths.incident} params={{ id: drill.incident_id }}>
              Incident<span className="visually-hidden"> of the drill of {drill.started_at}</span>
            </Link>
            {drill.seconds_to_incident === null ? null : <> after {duration(drill.seconds_to_incident)}</>}
          </>
        )}
        {state === "running" && drill.incident_id === null && newest ? <>: <Text>{newest.text}</Text></> : null}
      </p>
      {failed.length > 0 ? <Checks checks={failed} label="Failed checks" /> : null}
      {steps.length === 0 && checks.length === 0 ? null : (
        <Disclosure summary={checks.length === 0 ? counted(steps.length, "step") : `${counted(checks.length, "check")}, ${counted(steps.length, "step")}`}>
          {() => (
            <div className={styles.more}>
              {checks.length === 0 ? null : <Checks checks={checks} label="Checks" />}
              <Steps steps={steps} />
            </div>
          )}
        </Disclosure>
      )}
    </li>
  );
};
