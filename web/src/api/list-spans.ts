// GET /v1/spans: the newest spans that meet conditions, a page at a time.
import { infiniteQueryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const SHOWS = ["requests", "answers", "calls", "tools", "duplicates", "gateway", "everything"] as const;
export type Show = (typeof SHOWS)[number];

export interface SpansAsked {
  show: Show;
  minutes: number;
  where: readonly string[];
}

export const SPANS_PER_PAGE = 50;

export const spansQuery = ({ show, minutes, where }: SpansAsked) =>
  infiniteQueryOptions({
    queryKey: ["spans", show, minutes, where],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      get("/v1/spans", { query: { show, minutes, where, after: pageParam, limit: SPANS_PER_PAGE }, signal }),
    getNextPageParam: ({ next }) => next ?? undefined,
    // Who reads the third page doesn't want three pages asked for again every few seconds.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : 10_000),
  });
