// Pages that belong together, above their titles, so that the navigation stays short.
import { Link } from "@tanstack/react-router";

import { paths } from "@/app/paths";
import { ChoiceLinks } from "@/ui/choice-links";

/** What is broken, what nobody is told of, who is told, and whether it was worth it. */
export const OnCallPages = () => (
  <ChoiceLinks label="On call">
    <Link to={paths.incidents} activeOptions={{ exact: true, includeSearch: false }}>Incidents</Link>
    <Link to={paths.silences} activeOptions={{ exact: true, includeSearch: false }}>Silences</Link>
    <Link to={paths.routes} activeOptions={{ exact: true, includeSearch: false }}>Routes</Link>
    <Link to={paths.alertLedger} activeOptions={{ exact: true, includeSearch: false }}>Alert ledger</Link>
  </ChoiceLinks>
);

/** The monitor itself, where everything is, and what was set aside. */
export const StatusPages = () => (
  <ChoiceLinks label="Monitor">
    <Link to={paths.status} activeOptions={{ exact: true, includeSearch: false }}>Status</Link>
    <Link to={paths.conservation} activeOptions={{ exact: true, includeSearch: false }}>Conservation</Link>
    <Link to={paths.quarantine} activeOptions={{ exact: true, includeSearch: false }}>Quarantine</Link>
  </ChoiceLinks>
);
