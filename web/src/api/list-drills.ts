// GET /v1/drills: the newest drills of one promise, or of all, and when the last of each kind passed.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const DRILLS_MAX = 10;

export const drillsQuery = (promise: string | undefined) =>
  queryOptions({
    queryKey: ["promises", "drills", promise ?? null],
    queryFn: ({ signal }) => get("/v1/drills", { query: { promise, limit: DRILLS_MAX }, signal }),
  });
