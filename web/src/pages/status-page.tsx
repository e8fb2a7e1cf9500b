// The monitor about itself: what it runs, how far it has come, what it did with every signal.
import { useQuery } from "@tanstack/react-query";

import type { Status } from "@/api/contract";
import { statusQuery } from "@/api/get-status";
import { drillsQuery } from "@/api/list-drills";
import { incidentsQuery } from "@/api/list-incidents";
import { LastPassedDrills } from "@/features/drills/last-passed";
import { RemovedPromise } from "@/features/incidents/removed-promise";
import { ComponentsTable } from "@/features/status/components-table";
import { ConfigurationTroubles } from "@/features/status/configuration";
import { LedgerTable } from "@/features/status/ledger-table";
import { Columns, Stack } from "@/ui/columns";
import { Instant } from "@/ui/instant";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Text } from "@/ui/text";

import { StatusPages } from "./neighbours";

const LastPassed = () => {
  const drills = useQuery(drillsQuery(undefined));
  return (
    <Loaded query={drills} what="the drills" rows={2}>
      {(data) => <LastPassedDrills lastPassed={data.last_passed} />}
    </Loaded>
  );
};

const Removed = ({ removed }: Pick<Status["configuration"], "removed">) => {
  const incidents = useQuery({ ...incidentsQuery("active"), enabled: removed.length > 0 });
  return removed.map((each) => <RemovedPromise key={each.promise} removed={each} incidents={incidents.data?.incidents ?? []} />);
};

export const StatusPage = () => {
  const query = useQuery(statusQuery);
  return (
    <Page title="Status" lead="Outproof watches itself the way it watches your output." neighbours={<StatusPages />}>
      <Loaded query={query} what="the status">
        {(status) => (
          <>
            <p>
              Version <Text mono>{status.version}</Text>, running since <Instant at={status.started_at} />,{" "}
              {status.open ? "open to everyone who can reach it: no key is needed." : "answering only with a key."} Its configuration was read at{" "}
              <Instant at={status.configuration.loaded_at} />.
            </p>
            <ConfigurationTroubles configuration={status.configuration} />
            <Removed removed={status.configuration.removed} />
            <Columns>
              <ComponentsTable components={status.components} />
              <Stack>
                <LastPassed />
                <LedgerTable ledger={status.ledger} />
              </Stack>
            </Columns>
          </>
        )}
      </Loaded>
    </Page>
  );
};
