// What is promised, how each promise stands, and what of the files is not in force.
import { useQuery } from "@tanstack/react-query";

import { statusQuery } from "@/api/get-status";
import { incidentsQuery } from "@/api/list-incidents";
import { promisesQuery } from "@/api/list-promises";
import { runsQuery } from "@/api/list-runs";
import { RemovedPromise } from "@/features/incidents/removed-promise";
import { PromiseCard } from "@/features/promises/promise-card";
import { worstFirst } from "@/features/promises/standing-badge";
import { RunLine } from "@/features/runs/run-line";
import { RunList } from "@/features/runs/run-list";
import { ConfigurationTroubles } from "@/features/status/configuration";
import { ListStack } from "@/ui/columns";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";

const NoPromises = () => (
  <Empty title="No promises yet">
    <p>
      Declare one in the configuration file: what the output will do, for whom, by when, proven how. The server reads the file
      again by itself; <code className="mono">outproof check</code> says what is wrong with it.
    </p>
  </Empty>
);

/** What somebody has to decide about the files, before the promises themselves. */
const FileTroubles = () => {
  const configuration = useQuery(statusQuery).data?.configuration;
  const removed = configuration?.removed ?? [];
  const incidents = useQuery({ ...incidentsQuery("active"), enabled: removed.length > 0 });
  if (configuration === undefined) return null;
  return (
    <>
      <ConfigurationTroubles configuration={configuration} />
      {removed.map((each) => (
        <RemovedPromise key={each.promise} removed={each} incidents={incidents.data?.incidents ?? []} />
      ))}
    </>
  );
};

export const PromisesPage = () => {
  const promises = useQuery(promisesQuery);
  const runs = useQuery(runsQuery(undefined));
  return (
    <Page title="Promises" lead="What needs somebody comes first. A run is kept only by proofs, never by having exited cleanly.">
      <FileTroubles />
      <Loaded query={promises} what="the promises">
        {(data) =>
          data.promises.length === 0 ? (
            <NoPromises />
          ) : (
            <ListStack>
              {worstFirst(data.promises).map((promise) => (
                <PromiseCard
                  key={promise.name}
                  promise={promise}
                  lastRun={promise.last_run ? <RunLine run={promise.last_run} /> : <span className="quiet">none yet</span>}
                />
              ))}
            </ListStack>
          )
        }
      </Loaded>
      <Loaded query={runs} what="the runs">
        {(data) =>
          data.runs.length === 0 ? null : (
            <Section title="Newest runs" flush>
              <RunList caption="Newest runs of all promises" runs={data.runs} withPromise />
            </Section>
          )
        }
      </Loaded>
    </Page>
  );
};
