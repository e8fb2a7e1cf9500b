// GET /v1/incidents/{incident}: everything known of one incident.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const incidentKey = (id: string) => ["incidents", "one", id] as const;

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: incidentKey(id),
    queryFn: ({ signal }) => get("/v1/incidents/{incident}", { path: { incident: id }, signal }),
  });
