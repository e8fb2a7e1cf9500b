// GET /v1/silences: silences, the newest first, and the maintenance windows of the files.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const SILENCE_FILTERS = ["active", "all"] as const;
export type SilenceFilter = (typeof SILENCE_FILTERS)[number];

export const SILENCES_MAX = 100;

export const silencesQuery = (state: SilenceFilter) =>
  queryOptions({
    queryKey: ["silences", "list", state],
    queryFn: ({ signal }) => get("/v1/silences", { query: { state, limit: SILENCES_MAX }, signal }),
  });
