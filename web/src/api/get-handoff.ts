// GET /v1/incidents/{incident}/handoff: what may be done about it, and what is known.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const handoffKey = (id: string) => ["incidents", "handoff", id] as const;

export const handoffQuery = (id: string) =>
  queryOptions({
    queryKey: handoffKey(id),
    queryFn: ({ signal }) => get("/v1/incidents/{incident}/handoff", { path: { incident: id }, signal }),
  });
