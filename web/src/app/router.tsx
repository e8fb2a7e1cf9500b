// Addresses in, pages out. What a page filters by is part of its address.
import {
  createRootRoute,
  createRoute,
  createRouter,
  defaultParseSearch,
  defaultStringifySearch,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";

import type { PageMark } from "@/api/contract";
import { LEDGER_MINUTES_MAX } from "@/api/get-alert-ledger";
import { INCIDENT_FILTERS, type IncidentFilter } from "@/api/list-incidents";
import { SILENCE_FILTERS, type SilenceFilter } from "@/api/list-silences";
import { SHOWS, type Show } from "@/api/list-spans";
import { PAGE_MARKS } from "@/api/mark-page";
import { MINUTES_DEFAULT, MINUTES_MAX } from "@/features/services/window-minutes";
import { CONDITIONS_MAX, QUARANTINE_REASONS } from "@/lib/condition";
import { reading, writing } from "@/lib/search-text";
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
interface TracesSearch {
  show?: Show;
  minutes?: number;
  where?: string[];
}
interface TraceSearch {
  at?: string;
}
interface QuarantineSearch {
  reason?: (typeof QUARANTINE_REASONS)[number];
}

interface MarkSearch {
  /** What a link in a message asks to confirm. */
  mark?: PageMark;
}
interface SilencesSearch {
  state?: SilenceFilter;
  matcher?: string[];
}
interface RoutesSearch {
  label?: string[];
}
interface LedgerSearch {
  minutes?: number;
}

const TEXTS_MAX = 50;

const texts = (value: unknown): string[] => (Array.isArray(value) ? value : []).map(String).slice(0, TEXTS_MAX);

const markSearch = ({ mark }: Record<string, unknown>): MarkSearch => {
  const known = PAGE_MARKS.find((each) => each === mark);
  return known ? { mark: known } : {};
};

const silencesSearch = ({ state, matcher }: Record<string, unknown>): SilencesSearch => {
  const known = SILENCE_FILTERS.find((each) => each === state);
  const given = texts(matcher);
  return { ...(known ? { state: known } : {}), ...(given.length > 0 ? { matcher: given } : {}) };
};

const routesSearch = ({ label }: Record<string, unknown>): RoutesSearch => {
  const given = texts(label);
  return given.length > 0 ? { label: given } : {};
};

const ledgerSearch = ({ minutes }: Record<string, unknown>): LedgerSearch => {
  const asked = Number(minutes);
  return Number.isInteger(asked) && asked >= 1 && asked <= LEDGER_MINUTES_MAX ? { minutes: asked } : {};
};

const incidentSearch = ({ state, drills }: Record<string, unknown>): IncidentSearch => {
  const known = INCIDENT_FILTERS.find((filter) => filter === state);
  return { ...(known ? { state: known } : {}), ...(drills === true ? { drills } : {}) };
};

const serviceSearch = ({ minutes }: Record<string, unknown>): ServiceSearch => {
  const asked = Number(minutes);
  return { minutes: Number.isInteger(asked) && asked >= 1 && asked <= MINUTES_MAX ? asked : MINUTES_DEFAULT };
};

const tracesSearch = ({ show, minutes, where }: Record<string, unknown>): TracesSearch => {
  const known = SHOWS.find((each) => each === show);
  const asked = Number(minutes);
  const conditions = (Array.isArray(where) ? where : []).map(String).slice(0, CONDITIONS_MAX);
  return {
    ...(known ? { show: known } : {}),
    ...(Number.isInteger(asked) && asked >= 1 && asked <= MINUTES_MAX ? { minutes: asked } : {}),
    ...(conditions.length > 0 ? { where: conditions } : {}),
  };
};

const traceSearch = ({ at }: Record<string, unknown>): TraceSearch =>
  typeof at === "string" && !Number.isNaN(Date.parse(at)) ? { at } : {};

const quarantineSearch = ({ reason }: Record<string, unknown>): QuarantineSearch => {
  const known = QUARANTINE_REASONS.find((each) => each === reason);
  return known ? { reason: known } : {};
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
  createRoute({ ...at, path: paths.incident, component: IncidentPage, validateSearch: markSearch }),
  createRoute({
    ...at,
    path: paths.silences,
    component: lazyRouteComponent(() => import("@/pages/silences-page"), "SilencesPage"),
    validateSearch: silencesSearch,
  }),
  createRoute({
    ...at,
    path: paths.routes,
    component: lazyRouteComponent(() => import("@/pages/routes-page"), "RoutesPage"),
    validateSearch: routesSearch,
  }),
  createRoute({
    ...at,
    path: paths.alertLedger,
    component: lazyRouteComponent(() => import("@/pages/alert-ledger-page"), "AlertLedgerPage"),
    validateSearch: ledgerSearch,
  }),
  createRoute({ ...at, path: paths.policies, component: lazyRouteComponent(() => import("@/pages/policies-page"), "PoliciesPage") }),
  createRoute({ ...at, path: paths.policy, component: lazyRouteComponent(() => import("@/pages/policy-page"), "PolicyPage") }),
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
  createRoute({
    ...at,
    path: paths.traces,
    component: lazyRouteComponent(() => import("@/pages/traces-page"), "TracesPage"),
    validateSearch: tracesSearch,
  }),
  createRoute({
    ...at,
    path: paths.trace,
    component: lazyRouteComponent(() => import("@/pages/trace-page"), "TracePage"),
    validateSearch: traceSearch,
  }),
  createRoute({
    ...at,
    path: paths.span,
    component: lazyRouteComponent(() => import("@/pages/span-page"), "SpanPage"),
    validateSearch: traceSearch,
  }),
  createRoute({
    ...at,
    path: paths.quarantine,
    component: lazyRouteComponent(() => import("@/pages/quarantine-page"), "QuarantinePage"),
    validateSearch: quarantineSearch,
  }),
  createRoute({ ...at, path: paths.conservation, component: lazyRouteComponent(() => import("@/pages/conservation-page"), "ConservationPage") }),
  createRoute({ ...at, path: paths.status, component: lazyRouteComponent(() => import("@/pages/status-page"), "StatusPage") }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: "intent",
  defaultErrorComponent: Broken,
  scrollRestoration: true,
  parseSearch: reading(defaultParseSearch),
  stringifySearch: writing(defaultStringifySearch),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
