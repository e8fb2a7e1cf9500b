// GET /v1/incidents: the newest incidents of one filter, drills among them if asked for.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const INCIDENT_FILTERS = ["active", "resolved", "all"] as const;
export type IncidentFilter = (typeof INCIDENT_FILTERS)[number];

export const INCIDENTS_MAX = 100;

export const incidentsQuery = (state: IncidentFilter, drills = false) =>
  queryOptions({
    queryKey: ["incidents", "list", state, drills],
    queryFn: ({ signal }) => get("/v1/incidents", { query: { state, drills: drills || undefined, limit: INCIDENTS_MAX }, signal }),
  });
