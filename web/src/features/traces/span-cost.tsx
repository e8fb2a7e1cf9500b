// What a call costs, under which card and at which prices; or why that is not known.
import type { SpanDetail } from "@/api/contract";
import { FactTable } from "@/ui/fact-table";
import { Money } from "@/ui/money";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

const perMillion = (price: string) => <span className="nums">${price} a million tokens</span>;

export const SpanCost = ({ cost }: { cost: SpanDetail["cost"] }) => {
  const prices = cost.prices;
  return (
    <Section title="Cost" flush>
      <FactTable
        lines={[
          { key: "cost", label: "Cost", value: <b><Money nanoUsd={cost.nano_usd} /></b> },
          ...(cost.unknown === null ? [] : [{ key: "why", label: "Why it is not known", value: <Text>{cost.unknown}</Text> }]),
          { key: "card", label: "Rate card", value: <Text mono>{cost.rate_card}</Text> },
          ...(prices
            ? [
                { key: "input", label: "Input", value: perMillion(prices.input) },
                { key: "cached", label: "From a cache", value: perMillion(prices.cached_input) },
                { key: "written", label: "To a cache", value: perMillion(prices.cache_write) },
                { key: "output", label: "Output", value: perMillion(prices.output) },
              ]
            : []),
        ]}
      />
    </Section>
  );
};
