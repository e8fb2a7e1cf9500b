// Addresses in, pages out. What a page filters by is part of its address.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { INCIDENT_FILTERS, type IncidentFilter } from "@/api/list-incidents";
import { MINUTES_DEFAULT, MINUTES_MAX } from "@/features/services/window-minutes";
import { IncidentPage } from "@/pages/incident-page";
import { IncidentsPage } from "@/pages/incidents-page";

import { Gate } from "./gate";
import { Broken, NotFound } from "./lost";
import { paths } from "./paths";

/** Optional in links, so that every link to the list need not name a filter. */
interface IncidentSearch {
  state?: IncidentFilter;
  drills?: boolean;
}
interface ServiceSearch {
  minutes?: number;
}

const incidentSearch = ({ state, drills }: Record<string, unknown>): IncidentSearch => {
  const known = INCIDENT_FILTERS.find((filter) => filter === state);
  return { ...(known ? { state: known } : {}), ...(drills === true ? { drills } : {}) };
};

const serviceSearch = ({ minutes }: Record<string, unknown>): ServiceSearch => {
  const asked = Number(minutes);
  return { minutes: Number.isInteger(asked) && asked >= 1 && asked <= MINUTES_MAX ? asked : MINUTES_DEFAULT };
};

const root = createRootRoute({ component: Gate, notFoundComponent: NotFound });
const at = { getParentRoute: () => root };

const routes = [
  createRoute({
    ...at,
    path: paths.home,
    beforeLoad: () => {
      throw redirect({ to: paths.incidents, replace: true });
    },
  }),
  createRoute({ ...at, path: paths.incidents, component: IncidentsPage, validateSearch: incidentSearch }),
  createRoute({ ...at, path: paths.incident, component: IncidentPage }),
  createRoute({ ...at, path: paths.promises, component: lazyRouteComponent(() => import("@/pages/promises-page"), "PromisesPage") }),
  createRoute({ ...at, path: paths.promise, component: lazyRouteComponent(() => import("@/pages/promise-page"), "PromisePage") }),
  createRoute({ ...at, path: paths.run, component: lazyRouteComponent(() => import("@/pages/run-page"), "RunPage") }),
  createRoute({ ...at, path: paths.services, component: lazyRouteComponent(() => import("@/pages/services-page"), "ServicesPage") }),
  createRoute({
    ...at,
    path: paths.service,
    component: lazyRouteComponent(() => import("@/pages/service-page"), "ServicePage"),
    validateSearch: serviceSearch,
  }),
  createRoute({ ...at, path: paths.quarantine, component: lazyRouteComponent(() => import("@/pages/quarantine-page"), "QuarantinePage") }),
  createRoute({ ...at, path: paths.status, component: lazyRouteComponent(() => import("@/pages/status-page"), "StatusPage") }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: "intent",
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
