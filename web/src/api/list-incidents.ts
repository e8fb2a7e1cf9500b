// GET /v1/incidents: the newest incidents of one filter.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const INCIDENT_FILTERS = ["active", "resolved", "all"] as const;
export type IncidentFilter = (typeof INCIDENT_FILTERS)[number];

export const INCIDENTS_MAX = 100;

export const incidentsQuery = (state: IncidentFilter) =>
  queryOptions({
    queryKey: ["incidents", "list", state],
    queryFn: ({ signal }) => get("/v1/incidents", { query: { state, limit: INCIDENTS_MAX }, signal }),
  });
