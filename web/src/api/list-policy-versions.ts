// GET /v1/policies/{name}/versions: every version that was ever in force, the newest first.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const policyVersionsQuery = (name: string) =>
  queryOptions({
    queryKey: ["policies", "versions", name],
    queryFn: ({ signal }) => get("/v1/policies/{name}/versions", { path: { name }, signal }),
  });
