// GET /v1/traces/{trace}/spans/{span}: everything that is known of one span.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const spanQuery = (trace: string, span: string, at: string | undefined) =>
  queryOptions({
    queryKey: ["traces", trace, "span", span, at],
    queryFn: ({ signal }) => get("/v1/traces/{trace}/spans/{span}", { path: { trace, span }, query: { at }, signal }),
    refetchInterval: 15_000,
  });
