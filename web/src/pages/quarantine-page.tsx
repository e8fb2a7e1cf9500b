// What arrived and was not believed: the reasons with what to do, samples of each, and what was refused whole.
import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";

import { statusQuery } from "@/api/get-status";
import { quarantineQuery } from "@/api/list-quarantine";
import { paths } from "@/app/paths";
import { QuarantineList } from "@/features/quarantine/quarantine-list";
import { Reasons } from "@/features/quarantine/reasons";
import { Refused } from "@/features/quarantine/refused";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import { StatusPages } from "./neighbours";

const All = () => <Link to={paths.quarantine}>Show all reasons</Link>;

export const QuarantinePage = () => {
  const { reason } = useSearch({ from: paths.quarantine });
  const query = useInfiniteQuery(quarantineQuery(reason));
  const ledger = useQuery(statusQuery).data?.ledger ?? [];
  return (
    <Page
      title="Quarantine"
      neighbours={<StatusPages />}
      lead="Telemetry of the last 31 days that contradicts itself. The spans count, but not these facts of them; their instrumentation needs a look."
    >
      <Loaded query={query} what="the quarantine">
        {({ pages }) => {
          const reasons = pages[0]?.reasons ?? [];
          const items = pages.flatMap((page) => page.quarantine);
          if (reasons.length === 0) return <Empty title="Nothing is quarantined">Everything that arrived in the last 31 days agreed with itself.</Empty>;
          return (
            <>
              <Section title="Reasons" flush>
                <Reasons reasons={reasons} />
              </Section>
              {items.length === 0 ? (
                <Empty title="No span was set aside for this reason"><All /></Empty>
              ) : (
                <Section title={reason ? <>Sample spans: <Text mono>{reason}</Text></> : "Sample spans, the newest"} side={reason ? <All /> : undefined} flush>
                  <QuarantineList items={items} />
                  {query.hasNextPage ? (
                    <Button fullWidth size="sm" variant="subtle" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                      Show older ones
                    </Button>
                  ) : null}
                </Section>
              )}
            </>
          );
        }}
      </Loaded>
      <Refused ledger={ledger} />
    </Page>
  );
};
