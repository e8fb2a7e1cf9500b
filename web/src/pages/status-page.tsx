// The monitor about itself: what it runs, how far it has come, what it did with every signal.
import { useQuery } from "@tanstack/react-query";

import { statusQuery } from "@/api/get-status";
import { ComponentsTable } from "@/features/status/components-table";
import { LedgerTable } from "@/features/status/ledger-table";
import { Columns } from "@/ui/columns";
import { Instant } from "@/ui/instant";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Text } from "@/ui/text";

export const StatusPage = () => {
  const query = useQuery(statusQuery);
  return (
    <Page title="Status" lead="Outproof watches itself the way it watches your output.">
      <Loaded query={query} what="the status">
        {(status) => (
          <>
            <p>
              Version <Text mono>{status.version}</Text>, running since <Instant at={status.started_at} />,{" "}
              {status.open ? "open to everyone who can reach it: no key is needed." : "answering only with a key."}
            </p>
            <Columns>
              <ComponentsTable components={status.components} />
              <LedgerTable ledger={status.ledger} />
            </Columns>
          </>
        )}
      </Loaded>
    </Page>
  );
};
