// A promise's owner, schedule, proofs, time limit and runbook in one line.
import type { PromiseSummary } from "@/api/contract";
import { span } from "@/lib/instant";
import { OutboundLink } from "@/ui/outbound-link";
import { Text } from "@/ui/text";

import styles from "./promise-facts.module.css";

const MODES: Readonly<Record<Exclude<PromiseSummary["mode"], "runs">, string>> = {
  heartbeat: "kept by a heartbeat",
  freshness: "kept by fresh output, which our probe looks at",
};

const Proven = ({ promise: { mode, proofs } }: { promise: PromiseSummary }) => {
  if (mode !== "runs") return <span>{MODES[mode]}</span>;
  if (proofs.length === 0) return <span>proven by nothing: it can never be kept</span>;
  return <span>proven by {proofs.map(({ stage, observer }) => `${stage} (${observer})`).join(", ")}</span>;
};

export const PromiseFacts = ({ promise }: { promise: PromiseSummary }) => (
  <p className={styles.facts}>
    <span>
      owner <b><Text>{promise.owner}</Text></b>
    </span>
    {promise.schedule === null ? null : (
      <span>
        expected <Text mono>{promise.schedule}</Text>
      </span>
    )}
    <Proven promise={promise} />
    {promise.due_s === null ? null : <span>due within {span(promise.due_s)}</span>}
    {promise.runbook === null ? null : <OutboundLink url={promise.runbook}>runbook</OutboundLink>}
  </p>
);
