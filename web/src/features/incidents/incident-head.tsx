// The first thing read at 03:00: how bad, what broke, since when, whose it is.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { Incident } from "@/api/contract";
import { paths } from "@/app/paths";
import { counted } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { CopyableId } from "@/ui/copyable-id";
import { IncidentStateBadge } from "@/ui/incident-state-badge";
import { Instant } from "@/ui/instant";
import { SeverityBadge } from "@/ui/severity-badge";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./incident-head.module.css";
import { MeasureLine } from "./measure-line";

interface Props {
  incident: Incident;
  /** The subject as a link to its page. */
  subject: ReactNode;
  /** Who has it, or the way to take it. */
  acknowledge: ReactNode;
}

const Since = ({ incident }: { incident: Incident }) =>
  incident.state === "resolved" ? (
    <>
      Resolved <TimeAgo at={incident.resolved_at} /> at <Instant at={incident.resolved_at} />. It opened at{" "}
      <Instant at={incident.opened_at} />.
    </>
  ) : (
    <>
      Broken since <Instant at={incident.opened_at} />, <TimeAgo at={incident.opened_at} />. Seen{" "}
      {counted(incident.occurrences, "time")}, last <TimeAgo at={incident.updated_at} />.
    </>
  );

const Origin = ({ incident }: { incident: Incident }) => {
  if (incident.policy !== null) {
    return (
      <span>
        Policy{" "}
        <Link to={paths.policy} params={{ name: incident.policy }}>
          <Text mono>{incident.policy}</Text>
        </Link>
        {incident.policy_version == null ? null : (
          <>
            {" "}
            version <Text mono>{incident.policy_version}</Text>
          </>
        )}
      </span>
    );
  }
  return incident.promise === null || incident.subject.type === "promise" ? null : (
    <span>
      Promise <Text mono>{incident.promise}</Text>
    </span>
  );
};

const PARTIAL = "raised on partial data";

/** What came before counts: broke again, comes and goes, or was seen through missing data. */
const History = ({ incident: { reopened, flapping, title, timeline } }: { incident: Incident }) => (
  <>
    {reopened === 0 ? null : <Badge tone="warning" icon="retry">reopened {counted(reopened, "time")}</Badge>}
    {flapping ? <Badge tone="warning" icon="retry">flapping: told less</Badge> : null}
    {[title, ...timeline.map(({ text }) => text)].some((text) => text.includes(PARTIAL)) ? <Badge tone="doubt" icon="question">{PARTIAL}</Badge> : null}
  </>
);

export const IncidentHead = ({ incident, subject, acknowledge }: Props) => (
  <div className={styles.head} data-severity={incident.state === "resolved" ? "none" : incident.severity}>
    <div className={styles.main}>
      <div className={styles.badges}>
        <SeverityBadge severity={incident.severity} loud={incident.state === "open"} />
        <IncidentStateBadge state={incident.state} />
        <History incident={incident} />
      </div>
      {incident.headline === null ? null : (
        <p className={styles.headline}>
          <Text mono>{incident.headline}</Text>
        </p>
      )}
      {incident.measure ? <MeasureLine measure={incident.measure} /> : null}
      <p className={styles.since}>
        <Since incident={incident} />
      </p>
      <p className={styles.facts}>
        <span className={styles.owner}>
          Owner <strong><Text>{incident.owner}</Text></strong>
        </span>
        {incident.assignee === null ? null : (
          <span className={styles.owner}>
            Assigned to <strong><Text>{incident.assignee}</Text></strong>
          </span>
        )}
        <span>{subject}</span>
        <Origin incident={incident} />
        <CopyableId id={incident.id} what="incident id" />
      </p>
    </div>
    <div className={styles.acknowledge}>{acknowledge}</div>
  </div>
);
