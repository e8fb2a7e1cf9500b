// The routing tree as it is tried: the first route whose matchers all hold takes it, unless it goes on.
import type { RouteTree } from "@/api/contract";
import { span } from "@/lib/instant";
import { Badge } from "@/ui/badge";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import { ReachBadge } from "./reach-badge";
import styles from "./routes.module.css";
import { Steps } from "./steps";

const DEPTH_MAX = 3;

type Line = RouteTree["routes"][number];

const Route = ({ route }: { route: Line }) => (
  <li className={styles.route} data-state={route.state} data-depth={Math.min(route.path.length, DEPTH_MAX)}>
    <div className={styles.head}>
      <b><Text>{route.path.join(" → ")}</Text></b> <ReachBadge state={route.state} />
      {route.goes_on ? <Badge tone="info" icon="play">goes on to the next</Badge> : null}
    </div>
    <p className="quiet">
      {route.matchers.length === 0 ? "takes what no route above takes" : <>takes <Text mono>{route.matchers.join(", ")}</Text></>}
      {route.hours === null ? null : <>, <Text>{route.hours}</Text></>}
    </p>
    <p><Steps way={route} /></p>
    <p className="quiet">{route.proof_age_s === null ? "Not every channel of it has a proof of delivery." : `Every channel of it accepted something in the last ${span(route.proof_age_s)}.`}</p>
  </li>
);

export const RouteList = ({ tree: { routes, fail_over_after_s } }: { tree: RouteTree }) => (
  <Section title="Routes" side={`fail over after ${span(fail_over_after_s)}`} flush>
    <ol aria-label="Routes in the order they are tried">
      {routes.map((route) => <Route key={route.path.join("/")} route={route} />)}
    </ol>
  </Section>
);

export const QuietHours = ({ quiet }: { quiet: RouteTree["quiet_hours"] }) => (
  <Section title="Quiet hours">
    {quiet.length === 0 ? (
      <p className="quiet">None: every severity is told at any hour.</p>
    ) : (
      <ul>
        {quiet.map((each) => (
          <li key={`${each.severities.join()} ${each.hours}`}>
            Nobody is told of {each.severities.join(", ")}: <Text>{each.hours}</Text> {each.now ? <Badge tone="warning" icon="moon">now</Badge> : null}
          </li>
        ))}
      </ul>
    )}
  </Section>
);
