// Incidents that show this trace or span.
import { Link } from "@tanstack/react-router";

import type { Trace } from "@/api/contract";
import { paths } from "@/app/paths";
import { Banner } from "@/ui/banner";
import { Text } from "@/ui/text";

export const IncidentLinks = ({ incidents }: { incidents: Trace["incidents"] }) => (
  <>
    {incidents.map(({ id, title, severity, state }) => (
      <Banner key={id} tone={state === "resolved" || severity === "info" ? "info" : severity === "critical" ? "critical" : "warning"} icon="octagon" title={<>Shown by an incident that is {state}</>}>
        <p><Link to={paths.incident} params={{ id }}><Text>{title}</Text></Link></p>
      </Banner>
    ))}
  </>
);
