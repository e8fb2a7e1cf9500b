// GET /v1/policies/{name}: one policy with its alerts and what its file says.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const policyQuery = (name: string) =>
  queryOptions({
    queryKey: ["policies", "one", name],
    queryFn: ({ signal }) => get("/v1/policies/{name}", { path: { name }, signal }),
  });
