// Evidence as the server ordered it: safe facts, ids to copy, addresses to follow, unknown where nothing was attached.
import type { Fact } from "@/api/contract";
import { copies, factText } from "@/lib/fact-text";
import { safeUrl } from "@/lib/safe-url";

import { CopyableId } from "./copyable-id";
import { FactTable } from "./fact-table";
import { OutboundLink } from "./outbound-link";
import { Text } from "./text";

const Value = ({ fact }: { fact: Fact }) => {
  const text = factText(fact.key, fact.value);
  if (text !== null && copies(fact.key)) return <CopyableId id={text} what={fact.label} />;
  if (typeof fact.value === "string" && safeUrl(fact.value) !== null) return <OutboundLink url={fact.value} />;
  return <Text mono={typeof fact.value === "string" && !/\s/.test(fact.value)}>{text}</Text>;
};

export const Evidence = ({ facts }: { facts: readonly Fact[] }) => (
  <FactTable
    lines={facts.map((fact) => ({ key: fact.key, label: <Text>{fact.label}</Text>, value: <Value fact={fact} /> }))}
  />
);
