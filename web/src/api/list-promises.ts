// GET /v1/promises: every promise with its last run and verdict counts.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const promisesQuery = queryOptions({
  queryKey: ["promises"],
  queryFn: ({ signal }) => get("/v1/promises", { signal }),
});
