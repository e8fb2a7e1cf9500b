// GET /v1/quarantine: what was not believed, and why.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const QUARANTINE_MAX = 50;

export const quarantineQuery = queryOptions({
  queryKey: ["quarantine"],
  queryFn: ({ signal }) => get("/v1/quarantine", { query: { limit: QUARANTINE_MAX }, signal }),
});
