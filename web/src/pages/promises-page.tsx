// What is promised, and whether it was kept.
import { useQuery } from "@tanstack/react-query";

import { promisesQuery } from "@/api/list-promises";
import { runsQuery } from "@/api/list-runs";
import { PromiseCard } from "@/features/promises/promise-card";
import { RunLine } from "@/features/runs/run-line";
import { RunList } from "@/features/runs/run-list";
import { ListStack } from "@/ui/columns";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";

export const PromisesPage = () => {
  const promises = useQuery(promisesQuery);
  const runs = useQuery(runsQuery(undefined));
  return (
    <Page title="Promises" lead="A run is kept only when its output is proven validated, persisted and visible.">
      <Loaded query={promises} what="the promises">
        {(data) =>
          data.promises.length === 0 ? (
            <Empty title="No promises yet">
              Declare one in the promises file: what the output will do, for whom, by when, proven how. Then restart the server.
            </Empty>
          ) : (
            <ListStack>
                {data.promises.map((promise) => (
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
