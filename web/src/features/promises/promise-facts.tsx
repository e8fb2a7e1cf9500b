// A promise's owner, proofs, time limit and runbook in one line.
import type { PromiseSummary } from "@/api/contract";
import { span } from "@/lib/instant";
import { OutboundLink } from "@/ui/outbound-link";
import { Text } from "@/ui/text";

import styles from "./promise-facts.module.css";

export const PromiseFacts = ({ promise }: { promise: PromiseSummary }) => (
  <p className={styles.facts}>
    <span>
      owner <b><Text>{promise.owner}</Text></b>
    </span>
    <span>
      proven by{" "}
      {promise.proofs.length === 0
        ? "nothing: it can never be kept"
        : promise.proofs.map(({ stage, observer }) => `${stage} (${observer})`).join(", ")}
    </span>
    <span>due within {span(promise.due_s)}</span>
    <span>
      version <Text mono>{promise.version}</Text>
    </span>
    {promise.runbook == null ? null : <OutboundLink url={promise.runbook}>runbook</OutboundLink>}
  </p>
);
