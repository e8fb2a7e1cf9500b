// Where everything that applications emitted is: the conservation law, by service and by what was sent.
import { useQuery } from "@tanstack/react-query";

import { conservationQuery } from "@/api/get-conservation";
import { BalanceTable } from "@/features/conservation/balance-table";
import { ServiceAccount } from "@/features/conservation/service-account";
import { Verdict } from "@/features/conservation/verdict";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";

import { StatusPages } from "./neighbours";

export const ConservationPage = () => {
  const query = useQuery(conservationQuery);
  return (
    <Page title="Conservation" lead="Emitted = stored + duplicate + rejected + dropped + waiting. What is left over is missing." neighbours={<StatusPages />}>
      <Loaded query={query} what="the balances">
        {({ unexplained, lanes, services }) =>
          services.length === 0 ? (
            <Empty title="Nobody has stated anything yet">The Outproof SDK states what it emits by itself, within seconds of the first answer or run.</Empty>
          ) : (
            <>
              <Verdict unexplained={unexplained} />
              {lanes.length === 0 ? null : (
                <Section title="Everything that was stated" flush>
                  <BalanceTable caption="Balance of everything" lanes={lanes} />
                </Section>
              )}
              {services.map((account) => (
                <ServiceAccount key={account.service ?? ""} account={account} />
              ))}
            </>
          )
        }
      </Loaded>
    </Page>
  );
};
