// One policy in a list: how it stands, what it asks, and what is weak about it.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { PolicySummary } from "@/api/contract";
import { paths } from "@/app/paths";
import { counted } from "@/lib/quantity";
import { Disclosure } from "@/ui/disclosure";
import { SeverityBadge } from "@/ui/severity-badge";
import { Text } from "@/ui/text";

import { AlertBadges } from "./alert-badges";
import styles from "./policy-card.module.css";
import { PolicyLine } from "./policy-line";

interface Props {
  policy: PolicySummary;
  /** What is weak about it, in full. */
  warnings: ReactNode;
}

export const PolicyCard = ({ policy, warnings }: Props) => (
  <li className={styles.card} data-state={policy.state} data-data={policy.data}>
    <div className={styles.head}>
      <h2 className={styles.name}>
        <Link to={paths.policy} params={{ name: policy.name }}>
          <Text mono>{policy.name}</Text>
        </Link>
      </h2>
      <AlertBadges state={policy.state} data={policy.data} />
      <SeverityBadge severity={policy.severity} />
      {policy.firing > 1 ? <span>{counted(policy.firing, "alert")} firing</span> : null}
      {policy.open_incident_id === null ? null : (
        <Link to={paths.incident} params={{ id: policy.open_incident_id }} className={styles.incident}>
          Open incident<span className="visually-hidden"> of {policy.name}</span>
        </Link>
      )}
    </div>
    <p className={styles.title}><Text>{policy.title}</Text></p>
    <p className={styles.condition}><Text mono>{policy.condition}</Text></p>
    <PolicyLine policy={policy} />
    {policy.warnings.length === 0 ? null : (
      <Disclosure summary={<span className={styles.weak}>{counted(policy.warnings.length, "weak point")}</span>}>{() => warnings}</Disclosure>
    )}
  </li>
);
