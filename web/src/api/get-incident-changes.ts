// GET /v1/incidents/{incident}/changes: what explains the breach, against the time before it.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

/** Two windows are read for it, so it is not asked for with every change of the incident. */
const POLL_MS = 60_000;

export const incidentChangesQuery = (id: string) =>
  queryOptions({
    queryKey: ["changes", id],
    queryFn: ({ signal }) => get("/v1/incidents/{incident}/changes", { path: { incident: id }, signal }),
    refetchInterval: POLL_MS,
    staleTime: POLL_MS,
  });
