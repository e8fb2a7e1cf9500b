// How far each component of the server has come.
import type { Status } from "@/api/contract";
import { count } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";
import { Unknown } from "@/ui/unknown";

export const ComponentsTable = ({ components }: { components: Status["components"] }) => (
  <Section title="Components" side="a component without progress is a blind spot" flush>
    <DataTable
      caption="Components and their progress"
      rows={components}
      keyOf={({ name }) => name}
      columns={[
        { key: "name", head: "Component", heading: true, cell: ({ name }) => <Text mono>{name}</Text> },
        { key: "progress", head: "Last progress", cell: (component) => <TimeAgo at={component.last_progress_at} /> },
        {
          key: "state",
          head: "State",
          cell: ({ failure, trouble }) =>
            trouble === null ? (
              <Badge tone="good" icon="tick">works</Badge>
            ) : (
              <div>
                <Badge tone="critical" icon="cross">{failure === null ? "stalled" : "fails"}</Badge> <Text>{failure ?? trouble}</Text>
              </div>
            ),
        },
        { key: "lag", head: "Waiting", number: true, cell: ({ lag }) => count(lag) ?? <Unknown /> },
      ]}
    />
  </Section>
);
