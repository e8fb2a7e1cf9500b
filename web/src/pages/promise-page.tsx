// One promise with its runs.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";

import { promisesQuery } from "@/api/list-promises";
import { runsQuery, RUNS_MAX } from "@/api/list-runs";
import { paths } from "@/app/paths";
import { PromiseFacts } from "@/features/promises/promise-facts";
import { VerdictCounts } from "@/features/promises/verdict-counts";
import { RunList } from "@/features/runs/run-list";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

export const PromisePage = () => {
  const { name } = useParams({ from: paths.promise });
  const promises = useQuery(promisesQuery);
  const runs = useQuery(runsQuery(name));
  const promise = promises.data?.promises.find((each) => each.name === name);
  return (
    <Page
      title={name}
      trail={<Link to={paths.promises}>← All promises</Link>}
      lead={promise ? <Text>{promise.outcome}</Text> : undefined}
      side={promise ? <VerdictCounts verdicts={promise.verdicts} /> : undefined}
    >
      <Loaded query={promises} what="the promise" rows={1}>
        {() =>
          promise ? (
            <PromiseFacts promise={promise} />
          ) : (
            <Empty title="This promise isn't declared">Its file may have been changed since. Its old runs are still below.</Empty>
          )
        }
      </Loaded>
      <Loaded query={runs} what="its runs">
        {(data) =>
          data.runs.length === 0 ? (
            <Empty title="No runs yet">Nothing is proven until a run is opened and its stages are proven.</Empty>
          ) : (
            <Section title="Runs" side={data.runs.length >= RUNS_MAX ? `the newest ${RUNS_MAX}` : "newest first"} flush>
              <RunList caption={`Runs of ${name}`} runs={data.runs} />
            </Section>
          )
        }
      </Loaded>
    </Page>
  );
};
