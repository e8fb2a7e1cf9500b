// GET /v1/status: how far each component has come, and what became of every signal.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

/** A component that hangs must be seen within ten seconds: the server says so after eight. */
const STATUS_EVERY_MS = 2_000;

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => get("/v1/status", { signal }),
  refetchInterval: STATUS_EVERY_MS,
});
