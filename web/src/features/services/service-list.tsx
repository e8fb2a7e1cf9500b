// Services that reported in the last 24 hours.
import { Link } from "@tanstack/react-router";

import type { ServiceSummary } from "@/api/contract";
import { paths } from "@/app/paths";
import { count } from "@/lib/quantity";
import { DataTable } from "@/ui/data-table";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

export const ServiceList = ({ services }: { services: readonly ServiceSummary[] }) => (
  <DataTable
    caption="Services of the last 24 hours"
    rows={services}
    keyOf={({ name }) => name}
    columns={[
      {
        key: "name",
        head: "Service",
        heading: true,
        cell: ({ name }) => (
          <Link to={paths.service} params={{ name }}>
            <Text mono>{name}</Text>
          </Link>
        ),
      },
      { key: "answers", head: "Answers, 24 h", number: true, cell: ({ answers }) => count(answers) },
      { key: "calls", head: "Model calls, 24 h", number: true, cell: ({ calls }) => count(calls) },
      { key: "seen", head: "Last seen", cell: (service) => <TimeAgo at={service.last_seen_at} /> },
    ]}
  />
);
