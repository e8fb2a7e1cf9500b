// GET /v1/spans/values: the values of one fact with how many spans have each.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";
import type { SpansAsked } from "./list-spans";

export const spanValuesQuery = (fact: string, { show, minutes, where }: SpansAsked) =>
  queryOptions({
    queryKey: ["spans", "values", fact, show, minutes, where],
    queryFn: ({ signal }) => get("/v1/spans/values", { query: { fact, show, minutes, where }, signal }),
    refetchInterval: 30_000,
  });
