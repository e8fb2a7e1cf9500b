// GET /v1/promises/{name}/versions: every version that was ever applied, the newest first.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ["promises", "versions", name],
    queryFn: ({ signal }) => get("/v1/promises/{name}/versions", { path: { name }, signal }),
  });
