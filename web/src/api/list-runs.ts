// GET /v1/runs: the newest runs of one promise, or of all.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const RUNS_MAX = 50;

export const runsQuery = (promise: string | undefined) =>
  queryOptions({
    queryKey: ["runs", "list", promise ?? null],
    queryFn: ({ signal }) => get("/v1/runs", { query: { promise, limit: RUNS_MAX }, signal }),
  });
