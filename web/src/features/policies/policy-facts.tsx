// Everything that is declared of a policy: what it asks, how patient it is, who is told.
import type { Policy } from "@/api/contract";
import { span } from "@/lib/instant";
import { count, percent } from "@/lib/quantity";
import { Disclosure } from "@/ui/disclosure";
import { FactTable, type FactLine } from "@/ui/fact-table";
import { OutboundLink } from "@/ui/outbound-link";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import styles from "./policy-facts.module.css";
import { KINDS, scopeText } from "./policy-words";

const NO_DATA: Readonly<Record<NonNullable<Policy["no_data"]>, string>> = {
  incident: "opens an incident",
  keep: "changes nothing",
  ok: "counts as recovered",
};

const lines = (policy: Policy): FactLine[] => {
  const all: (FactLine | null)[] = [
    { key: "condition", label: policy.kind === "invariant" ? "Must hold" : "Broken while", value: <Text mono>{policy.condition}</Text> },
    policy.recover === null ? null : { key: "recover", label: "Recovered while", value: <Text mono>{policy.recover}</Text> },
    { key: "kind", label: "Kind", value: KINDS[policy.kind] },
    { key: "over", label: "About", value: <Text mono>{scopeText(policy)}</Text> },
    policy.by === null ? null : { key: "by", label: "One alert by", value: <Text mono>{policy.by}</Text> },
    { key: "window", label: "Window", value: span(policy.window_s) },
    policy.for_s === 0 ? null : { key: "for", label: "Only if it lasts", value: span(policy.for_s) },
    policy.n_of_m === null ? null : { key: "n_of_m", label: "Only if broken in", value: <Text>{policy.n_of_m}</Text> },
    policy.min_answers === null ? null : { key: "min", label: "Judged from", value: `${count(policy.min_answers) ?? ""} answers on` },
    policy.fdr_ratio === null ? null : { key: "fdr", label: "False alarms among alerts", value: `at most ${percent(policy.fdr_ratio) ?? ""}` },
    policy.no_data === null ? null : { key: "no_data", label: "No data", value: NO_DATA[policy.no_data] },
    policy.group === null ? null : { key: "group", label: "One incident with group", value: <Text mono>{policy.group}</Text> },
    { key: "channels", label: "Told to", value: policy.channels === null ? "whom the routes say" : <Text>{policy.channels.join(", ")}</Text> },
    { key: "first", label: "First check", value: policy.first_check === "" ? <span className="quiet">none is written</span> : <Text>{policy.first_check}</Text> },
    { key: "runbook", label: "Runbook", value: policy.runbook === null ? <span className="quiet">none</span> : <OutboundLink url={policy.runbook} /> },
    ...Object.entries(policy.labels).map(([name, value]) => ({ key: `label ${name}`, label: <>Label <Text mono>{name}</Text></>, value: <Text mono>{value}</Text> })),
    { key: "version", label: "Version in force", value: <Text mono>{policy.version}</Text> },
  ];
  return all.filter((line) => line !== null);
};

export const PolicyFacts = ({ policy }: { policy: Policy }) => (
  <Section title="What it says" flush>
    <FactTable lines={lines(policy)} />
    {policy.written === null ? null : (
      <div className={styles.written}>
        <Disclosure summary="As its file says it">
          {() => <pre className={styles.yaml} tabIndex={0} aria-label="The policy as YAML"><Text>{policy.written}</Text></pre>}
        </Disclosure>
      </div>
    )}
  </Section>
);
