// GET /v1/runs/{run}/items: single items of a run, by what became of them, a hundred at a time.
import { infiniteQueryOptions } from "@tanstack/react-query";

import { get } from "./client";
import type { ItemState } from "./contract";

export const ITEMS_MAX = 100;

export const itemsQuery = (run: string, state: ItemState) =>
  infiniteQueryOptions({
    queryKey: ["runs", "items", run, state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      get("/v1/runs/{run}/items", { path: { run }, query: { state, after: pageParam, limit: ITEMS_MAX }, signal }),
    getNextPageParam: ({ next }) => next ?? undefined,
  });
