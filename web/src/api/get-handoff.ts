// GET /v1/incidents/{incident}/handoff: what is known, what may be done about it, and what was done.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

/** A family of its own: what is known of an incident also changes with its runs. */
export const HANDOFFS_KEY = ["handoffs"] as const;

export const handoffQuery = (id: string) =>
  queryOptions({
    queryKey: [...HANDOFFS_KEY, id],
    queryFn: ({ signal }) => get("/v1/incidents/{incident}/handoff", { path: { incident: id }, signal }),
  });
