// GET /v1/traces/{trace}: the spans of a trace; `at` is a time near it, which makes the look quick.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const traceQuery = (trace: string, at: string | undefined) =>
  queryOptions({
    queryKey: ["traces", trace, at],
    queryFn: ({ signal }) => get("/v1/traces/{trace}", { path: { trace }, query: { at }, signal }),
    refetchInterval: 15_000,
  });
