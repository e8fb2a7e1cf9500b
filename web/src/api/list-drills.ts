// GET /v1/drills: the newest drills of one promise.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const DRILLS_MAX = 10;

export const drillsQuery = (promise: string) =>
  queryOptions({
    queryKey: ["promises", "drills", promise],
    queryFn: ({ signal }) => get("/v1/drills", { query: { promise, limit: DRILLS_MAX }, signal }),
  });
