// Who is told of what: the channels and whether they can be reached, the routes, and who would be told of given labels.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { routesQuery } from "@/api/get-routes";
import { routePreviewQuery } from "@/api/preview-routes";
import { paths } from "@/app/paths";
import { Channels } from "@/features/routes/channels";
import { QuietHours, RouteList } from "@/features/routes/route-list";
import { AskWhoIsTold, WhoIsTold } from "@/features/routes/who-is-told";
import { Columns, Stack } from "@/ui/columns";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";

import { OnCallPages } from "./neighbours";

const Who = () => {
  const { label = [] } = useSearch({ from: paths.routes });
  const navigate = useNavigate();
  const preview = useQuery(routePreviewQuery(label));
  return (
    <Section title="Who would be told?">
      <AskWhoIsTold
        key={label.join("\n")}
        asked={label}
        onAsk={(labels) => void navigate({ to: paths.routes, search: { label: labels } })}
        busy={preview.isLoading}
        error={preview.error}
      />
      {preview.data ? <WhoIsTold preview={preview.data} /> : null}
    </Section>
  );
};

export const RoutesPage = () => {
  const query = useQuery(routesQuery);
  return (
    <Page title="Routes" lead="Who is told of what. A channel counts as reachable only by what it accepted lately." neighbours={<OnCallPages />}>
      <Loaded query={query} what="the routes">
        {(tree) => (
          <Columns>
            <Stack>
              <Channels channels={tree.channels} />
              <QuietHours quiet={tree.quiet_hours} />
            </Stack>
            <Stack>
              <RouteList tree={tree} />
              <Who />
            </Stack>
          </Columns>
        )}
      </Loaded>
    </Page>
  );
};
