// GET /v1/policies: every declared policy and how it stands.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const policiesQuery = queryOptions({
  queryKey: ["policies", "list"],
  queryFn: ({ signal }) => get("/v1/policies", { signal }),
});
