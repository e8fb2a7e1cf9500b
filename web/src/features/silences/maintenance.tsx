// Maintenance windows that the files declare: what each covers, and when it is open.
import type { MaintenanceWindow } from "@/api/contract";
import { span } from "@/lib/instant";
import { Badge } from "@/ui/badge";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { Matchers } from "./matchers";
import styles from "./silences.module.css";

const When = ({ window: { until, next_at } }: { window: MaintenanceWindow }) => {
  if (until !== null) return <><Badge tone="warning" icon="dash">open</Badge> ends <TimeAgo at={until} /></>;
  return next_at === null ? <Badge tone="neutral" icon="tick">over</Badge> : <><Badge tone="info" icon="clock">closed</Badge> opens <TimeAgo at={next_at} /></>;
};

export const Maintenance = ({ windows }: { windows: readonly MaintenanceWindow[] }) => (
  <Section title="Maintenance windows" side="from the files" flush={windows.length > 0}>
    {windows.length === 0 ? (
      <p className="quiet">None is declared. What recurs belongs into the configuration file, under <code className="mono">maintenance</code>.</p>
    ) : (
      <ul className={styles.list}>
        {windows.map((window) => (
          <li key={window.name} className={styles.silence}>
            <div className={styles.head}>
              <b><Text mono>{window.name}</Text></b>
              <span><When window={window} /></span>
            </div>
            <Matchers matchers={window.matchers} />
            <p>
              <Text>{window.reason}</Text>{" "}
              <span className="quiet">
                for {span(window.lasts_s)}
                {window.cron === null ? null : <>, <Text mono>{window.cron}</Text> in <Text>{window.tz}</Text></>}, owner <Text>{window.owner}</Text>
              </span>
            </p>
          </li>
        ))}
      </ul>
    )}
  </Section>
);
