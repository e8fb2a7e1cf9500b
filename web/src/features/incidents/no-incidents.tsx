// The empty list, never mistaken for proof: it says what it stands for and what to do next.
import { Link } from "@tanstack/react-router";

import type { IncidentFilter } from "@/api/list-incidents";
import { paths } from "@/app/paths";
import { Empty } from "@/ui/empty";
import { Instant } from "@/ui/instant";

interface Props {
  filter: IncidentFilter;
  /** Since when this server watches; null while that isn't known. */
  watchingSince: string | null;
  /** Whether any service or promise reports here; null while that isn't known. */
  watching: boolean | null;
}

const TITLE: Readonly<Record<IncidentFilter, string>> = {
  active: "No active incidents",
  resolved: "No resolved incidents",
  all: "No incidents yet",
};

export const NoIncidents = ({ filter, watchingSince, watching }: Props) => (
  <Empty title={watching === false ? "Nothing is watched yet" : TITLE[filter]}>
    {watching === false ? (
      <p>
        No service and no run has reported here, so an empty list says nothing about your output. Point an OpenTelemetry exporter at{" "}
        <code className="mono">{window.location.origin}/v1/traces</code>, or open a run with the SDK.
      </p>
    ) : (
      <p>
        {filter === "active" ? "Nothing that is watched breaks a policy or a promise right now." : null}{" "}
        {watchingSince === null ? null : (
          <>
            This server has been watching since <Instant at={watchingSince} />.
          </>
        )}{" "}
        See what is watched under <Link to={paths.promises}>Promises</Link> and <Link to={paths.services}>Services</Link>.
      </p>
    )}
  </Empty>
);
