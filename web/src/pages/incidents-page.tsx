// What is broken now, or was: the incidents of the filter in the URL.
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";

import { statusQuery } from "@/api/get-status";
import { INCIDENT_FILTERS, INCIDENTS_MAX, incidentsQuery, type IncidentFilter } from "@/api/list-incidents";
import { promisesQuery } from "@/api/list-promises";
import { servicesQuery } from "@/api/list-services";
import { paths } from "@/app/paths";
import { IncidentList } from "@/features/incidents/incident-list";
import { NoIncidents } from "@/features/incidents/no-incidents";
import { ChoiceGroups, ChoiceLinks } from "@/ui/choice-links";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";

import { OnCallPages } from "./neighbours";

const searchOf = (state: IncidentFilter, drills: boolean) => ({ state, ...(drills ? { drills } : {}) });

/** The empty list with what only an empty list needs to know. */
const Nothing = ({ filter }: { filter: IncidentFilter }) => {
  const status = useQuery(statusQuery);
  const services = useQuery(servicesQuery);
  const promises = useQuery(promisesQuery);
  const watching =
    services.data && promises.data ? services.data.services.length + promises.data.promises.length > 0 : null;
  return <NoIncidents filter={filter} watching={watching} watchingSince={status.data?.started_at ?? null} />;
};

const Choices = ({ filter, drills }: { filter: IncidentFilter; drills: boolean }) => (
  <ChoiceGroups>
    <ChoiceLinks label="Which incidents">
      {INCIDENT_FILTERS.map((each) => (
        <Link key={each} to={paths.incidents} search={searchOf(each, drills)} activeOptions={{ exact: true }} aria-current={each === filter ? "page" : undefined}>
          {each}
        </Link>
      ))}
    </ChoiceLinks>
    <ChoiceLinks label="Drills">
      {[false, true].map((each) => (
        <Link key={String(each)} to={paths.incidents} search={searchOf(filter, each)} activeOptions={{ exact: true }} aria-current={each === drills ? "page" : undefined}>
          {each ? "with drills" : "no drills"}
        </Link>
      ))}
    </ChoiceLinks>
  </ChoiceGroups>
);

export const IncidentsPage = () => {
  const { state: filter = "active", drills = false } = useSearch({ from: paths.incidents });
  const query = useQuery(incidentsQuery(filter, drills));
  return (
    <Page
      title="Incidents"
      lead="A policy that was breached or a promise that wasn't kept, newest first."
      neighbours={<OnCallPages />}
      side={
        <Choices filter={filter} drills={drills} />
      }
    >
      <Loaded query={query} what="the incidents">
        {({ incidents }) =>
          incidents.length === 0 ? (
            <Nothing filter={filter} />
          ) : (
            <>
              <IncidentList incidents={incidents} />
              {incidents.length >= INCIDENTS_MAX ? (
                <p className="quiet">Only the newest {INCIDENTS_MAX} are shown.</p>
              ) : null}
            </>
          )
        }
      </Loaded>
    </Page>
  );
};
