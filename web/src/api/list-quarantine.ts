// GET /v1/quarantine: what was not believed, why, and what to do about it; samples a page at a time.
import { infiniteQueryOptions } from "@tanstack/react-query";

import { get } from "./client";
import type { QuarantineReason } from "./contract";

export const QUARANTINE_PER_PAGE = 50;

export const quarantineQuery = (reason: QuarantineReason["reason"] | undefined) =>
  infiniteQueryOptions({
    queryKey: ["quarantine", reason],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      get("/v1/quarantine", { query: { reason, after: pageParam, limit: QUARANTINE_PER_PAGE }, signal }),
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : 10_000),
  });
