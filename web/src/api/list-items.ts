// GET /v1/runs/{run}/items: single items of a run, by what became of them.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const ITEMS_MAX = 100;

export const itemsQuery = (run: string, state: string) =>
  queryOptions({
    queryKey: ["runs", "items", run, state],
    queryFn: ({ signal }) => get("/v1/runs/{run}/items", { path: { run }, query: { state, limit: ITEMS_MAX }, signal }),
  });
