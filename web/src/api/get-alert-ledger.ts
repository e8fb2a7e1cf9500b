// GET /v1/alert-ledger: what the pages of the last minutes were worth, by who paged.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

const POLL_MS = 60_000;

export const LEDGER_MINUTES_DEFAULT = 28 * 24 * 60;
export const LEDGER_MINUTES_MAX = 31 * 24 * 60;
/** Accounts are made of so many pages of the range, the newest. */
export const LEDGER_PAGES_MAX = 5_000;

export const alertLedgerQuery = (minutes: number) =>
  queryOptions({
    queryKey: ["ledger", minutes],
    queryFn: ({ signal }) => get("/v1/alert-ledger", { query: { minutes, limit: 0 }, signal }),
    refetchInterval: POLL_MS,
  });
