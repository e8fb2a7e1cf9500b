// POST /v1/silences/preview: what matchers cover now, and would have covered lately. Nothing is silenced.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { post } from "./client";

export const silencePreviewQuery = (matchers: readonly string[]) =>
  queryOptions({
    queryKey: ["silences", "preview", matchers],
    queryFn: ({ signal }) => post("/v1/silences/preview", { signal }, { matchers }),
    enabled: matchers.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  });
