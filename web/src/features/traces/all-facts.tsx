// Everything a span says, and what it does not say.
import type { SpanFact } from "@/api/contract";
import { counted } from "@/lib/quantity";
import { DataTable } from "@/ui/data-table";
import { Disclosure } from "@/ui/disclosure";
import { Section } from "@/ui/section";

import { FactValue, Source } from "./numbers";

export const AllFacts = ({ facts }: { facts: readonly SpanFact[] }) => {
  const said = facts.filter(({ value }) => value !== null);
  const unsaid = facts.filter(({ value }) => value === null);
  return (
    <Section title="Everything it says">
      <Disclosure summary={`${counted(said.length, "fact")}, each with where it was read`}>
        {() => (
          <>
            <DataTable
              caption="Facts of the span"
              rows={said}
              keyOf={({ key }) => key}
              columns={[
                { key: "what", head: "Fact", heading: true, cell: ({ key, about }) => <div><span className="mono">{key}</span><p className="quiet">{about}</p></div> },
                { key: "value", head: "Value", cell: (fact) => <FactValue fact={fact} /> },
                { key: "source", head: "Read from", cell: (fact) => <Source fact={fact} /> },
              ]}
            />
            <p className="quiet">Not said: <span className="mono">{unsaid.map(({ key }) => key).join(", ")}</span></p>
          </>
        )}
      </Disclosure>
    </Section>
  );
};
