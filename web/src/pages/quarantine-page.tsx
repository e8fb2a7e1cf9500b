// What arrived and was not believed.
import { useQuery } from "@tanstack/react-query";

import { QUARANTINE_MAX, quarantineQuery } from "@/api/list-quarantine";
import { QuarantineList } from "@/features/quarantine/quarantine-list";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";

export const QuarantinePage = () => {
  const query = useQuery(quarantineQuery);
  return (
    <Page
      title="Quarantine"
      lead="Telemetry that contradicts itself. It counts in no measure; its instrumentation needs a look."
    >
      <Loaded query={query} what="the quarantine">
        {({ quarantine }) =>
          quarantine.length === 0 ? (
            <Empty title="Nothing is quarantined">Everything that arrived agreed with itself.</Empty>
          ) : (
            <Section title="Newest items" side={quarantine.length >= QUARANTINE_MAX ? `the newest ${QUARANTINE_MAX}` : undefined} flush>
              <QuarantineList items={quarantine} />
            </Section>
          )
        }
      </Loaded>
    </Page>
  );
};
