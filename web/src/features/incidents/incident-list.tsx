// Incidents one below the other, newest first; the whole row opens the incident.
import { Link } from "@tanstack/react-router";

import type { IncidentSummary } from "@/api/contract";
import { paths } from "@/app/paths";
import { counted } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { IncidentStateBadge } from "@/ui/incident-state-badge";
import { SeverityBadge } from "@/ui/severity-badge";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { DeliverySummary } from "./delivery-summary";
import { drilled } from "./drilled";
import styles from "./incident-list.module.css";
import { HELD_BY } from "./suppression-words";

const Row = ({ incident }: { incident: IncidentSummary }) => {
  const { drill, title } = drilled(incident.title);
  return (
    <li className={styles.row} data-severity={incident.state === "resolved" ? "none" : incident.severity}>
      <div className={styles.badges}>
        <SeverityBadge severity={incident.severity} />
        <IncidentStateBadge state={incident.state} />
        {drill ? <Badge tone="info" icon="play">drill</Badge> : null}
        {incident.flapping ? <Badge tone="warning" icon="retry">flapping</Badge> : null}
      </div>
      <div className={styles.what}>
        <Link to={paths.incident} params={{ id: incident.id }} className={styles.title}>
          <Text>{title}</Text>
        </Link>
        {incident.headline === null ? null : (
          <p className={styles.headline}>
            <Text mono>{incident.headline}</Text>
          </p>
        )}
        <p className={styles.facts}>
          <span>
            {incident.subject.type} <Text mono>{incident.subject.name}</Text>
          </span>
          <span>
            owner <Text>{incident.owner}</Text>
          </span>
          <span>seen {counted(incident.occurrences, "time")}</span>
          {incident.reopened === 0 ? null : <span>reopened {counted(incident.reopened, "time")}</span>}
          {incident.assignee === null ? null : <span>assigned to <Text>{incident.assignee}</Text></span>}
          {incident.suppression === null || incident.state === "resolved" ? null : <span>nobody is told: {HELD_BY[incident.suppression.kind]}</span>}
          {incident.part_of === null ? null : <span>part of another</span>}
        </p>
      </div>
      <div className={styles.side}>
        <span className={styles.age}>
          <TimeAgo at={incident.opened_at} focusable={false} />
        </span>
        <DeliverySummary deliveries={incident.deliveries} />
      </div>
    </li>
  );
};

export const IncidentList = ({ incidents }: { incidents: readonly IncidentSummary[] }) => (
  <ul className={styles.list} aria-label="Incidents, newest first">
    {incidents.map((incident) => (
      <Row key={incident.id} incident={incident} />
    ))}
  </ul>
);
