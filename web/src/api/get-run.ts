// GET /v1/runs/{run}: one run with its stages, evidence and verdict history.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", "one", id],
    queryFn: ({ signal }) => get("/v1/runs/{run}", { path: { run: id }, signal }),
  });
