// GET /v1/status: how far each component has come, and what became of every signal.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => get("/v1/status", { signal }),
});
