// GET /v1/alert-ledger: what the pages of the last four weeks were worth, by who paged.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

const POLL_MS = 60_000;

export const alertLedgerQuery = queryOptions({
  queryKey: ["ledger"],
  queryFn: ({ signal }) => get("/v1/alert-ledger", { query: { limit: 0 }, signal }),
  refetchInterval: POLL_MS,
});
