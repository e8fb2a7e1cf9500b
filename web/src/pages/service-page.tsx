// One service over the window in the URL: safety, speed, cost, and what was not believed.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";

import type { Window } from "@/api/contract";
import { seriesQuery } from "@/api/get-series";
import { windowQuery } from "@/api/get-window";
import { paths } from "@/app/paths";
import { FailureStages } from "@/features/services/failure-stages";
import { History } from "@/features/services/history";
import { QuarantinedReasons } from "@/features/services/quarantined-reasons";
import { RangeLinks } from "@/features/services/range-links";
import { Speed } from "@/features/services/speed";
import { Spend } from "@/features/services/spend";
import { Templates } from "@/features/services/templates";
import { MINUTES_DEFAULT } from "@/features/services/window-minutes";
import { WindowShares } from "@/features/services/window-shares";
import { counted } from "@/lib/quantity";
import { Columns, Stack } from "@/ui/columns";
import { Empty } from "@/ui/empty";
import { Instant } from "@/ui/instant";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";

const Extent = ({ data }: { data: Window }) => (
  <>
    {counted(data.answers, "answer")} and {counted(data.calls, "model call")} from <Instant at={data.start} /> to{" "}
    <Instant at={data.end} clock />.
  </>
);

const Measures = ({ data }: { data: Window }) => (
  <>
    <WindowShares window={data} />
    <Columns>
      <Stack>
        <Speed window={data} />
        <FailureStages stages={data.failure_stages} />
        <QuarantinedReasons reasons={data.quarantined} />
      </Stack>
      <Stack>
        <Spend window={data} />
        <Templates templates={data.templates} />
      </Stack>
    </Columns>
  </>
);

const NoData = ({ data }: { data: Window }) => (
  <>
    <Empty title="No data in this window">
      Nothing arrived from <Instant at={data.start} /> to <Instant at={data.end} clock />, so nothing can be said of it: not
      safe, not unsafe. Choose a longer range, or check that the service still exports.
    </Empty>
    {data.quarantined.length > 0 ? <QuarantinedReasons reasons={data.quarantined} /> : null}
  </>
);

export const ServicePage = () => {
  const { name } = useParams({ from: paths.service });
  const { minutes = MINUTES_DEFAULT } = useSearch({ from: paths.service });
  const window = useQuery(windowQuery(name, minutes));
  const series = useQuery({ ...seriesQuery(name, minutes), enabled: window.data?.state === "ok" });
  return (
    <Page
      title={name}
      trail={<><Link to={paths.services}>← All services</Link> · <Link to={paths.traces} search={{ minutes, where: [`service=${name}`] }}>Its traces</Link></>}
      lead={window.data?.state === "ok" ? <Extent data={window.data} /> : undefined}
      side={<RangeLinks name={name} />}
    >
      <Loaded query={window} what="the window" rows={6}>
        {(data) => (data.state === "no_data" ? <NoData data={data} /> : <Measures data={data} />)}
      </Loaded>
      {window.data?.state === "ok" ? (
        <Loaded query={series} what="the curves" rows={2}>
          {(data) => <History series={data} />}
        </Loaded>
      ) : null}
    </Page>
  );
};
