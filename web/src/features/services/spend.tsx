// What the window cost, under which rate card, and what has no price.
import type { Window } from "@/api/contract";
import { count, counted } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { FactTable } from "@/ui/fact-table";
import { Money } from "@/ui/money";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import styles from "./spend.module.css";

const Unpriced = ({ unpriced }: { unpriced: Window["cost"]["unpriced"] }) => {
  if (unpriced.length === 0) return "none";
  return (
    <ul className={styles.unpriced}>
      {unpriced.map(({ model, calls }) => (
        <li key={model}>
          <Text mono>{model}</Text> <Badge tone="warning" icon="triangle">{`${counted(calls, "call")} without a price`}</Badge>
        </li>
      ))}
    </ul>
  );
};

export const Spend = ({ window }: { window: Window }) => (
  <Section title="Cost and tokens" flush>
    <FactTable
      lines={[
        { key: "cost", label: "Cost", value: <b><Money nanoUsd={window.cost.nano_usd} /></b> },
        { key: "card", label: "Rate card", value: <Text mono>{window.cost.rate_card}</Text> },
        { key: "unpriced", label: "Models without a price", value: <Unpriced unpriced={window.cost.unpriced} /> },
        { key: "input", label: "Input tokens", value: count(window.tokens.input) },
        { key: "cached", label: "Cached input tokens", value: count(window.tokens.cached_input) },
        { key: "output", label: "Output tokens", value: count(window.tokens.output) },
      ]}
    />
  </Section>
);
