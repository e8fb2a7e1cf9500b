// A policy's owner, kind, what it is about and over which window, in one line.
import type { PolicySummary } from "@/api/contract";
import { span } from "@/lib/instant";
import { Text } from "@/ui/text";

import styles from "./policy-card.module.css";
import { KINDS, scopeText } from "./policy-words";

export const PolicyLine = ({ policy }: { policy: PolicySummary }) => (
  <p className={styles.facts}>
    <span>
      owner {policy.owner === "" ? <b>nobody</b> : <b><Text>{policy.owner}</Text></b>}
    </span>
    <span>{KINDS[policy.kind]}</span>
    <span>
      about <Text mono>{scopeText(policy)}</Text>
      {policy.by === null ? null : <>, one alert by <Text mono>{policy.by}</Text></>}
    </span>
    <span>window {span(policy.window_s)}</span>
  </p>
);
