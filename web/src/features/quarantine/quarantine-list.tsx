// Items that contradict themselves: kept apart, with the reason and the fields that clash.
import { Link } from "@tanstack/react-router";

import type { QuarantinedItem } from "@/api/contract";
import { paths } from "@/app/paths";
import { sentence } from "@/lib/sentence";
import { Badge } from "@/ui/badge";
import { DataTable } from "@/ui/data-table";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./quarantine-list.module.css";

const Fields = ({ fields }: { fields: QuarantinedItem["fields"] }) => (
  <ul className={styles.fields}>
    {fields.map(({ key, value }, index) => (
      <li key={index}>
        <Text mono>{key}</Text> = <Text mono>{String(value)}</Text>
      </li>
    ))}
  </ul>
);

export const QuarantineList = ({ items }: { items: readonly QuarantinedItem[] }) => (
  <DataTable
    caption="Quarantined items, newest first"
    rows={items}
    keyOf={({ span_id }, index) => `${span_id} ${index}`}
    columns={[
      {
        key: "reason",
        head: "Reason",
        heading: true,
        cell: ({ reason, detail }) => (
          <div className={styles.reason}>
            <Badge tone="doubt" icon="question"><Text>{reason}</Text></Badge>
            <p><Text>{sentence(detail)}</Text></p>
          </div>
        ),
      },
      { key: "fields", head: "Fields", cell: ({ fields }) => <Fields fields={fields} /> },
      {
        key: "service",
        head: "Service",
        cell: ({ service }) => (
          <Link to={paths.service} params={{ name: service }}>
            <Text mono>{service}</Text>
          </Link>
        ),
      },
      { key: "span", head: "Span", cell: ({ trace_id, span_id, at }) => (
          <Link to={paths.span} params={{ trace: trace_id, span: span_id }} search={{ at }}>
            <Text mono>{span_id}</Text>
          </Link>
        ) },
      { key: "at", head: "When", cell: ({ at }) => <TimeAgo at={at} /> },
    ]}
  />
);
