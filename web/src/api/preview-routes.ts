// GET /v1/routes/preview: who would be told, now, of an incident with these labels.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

/** Each label as `name=value`. */
export const routePreviewQuery = (labels: readonly string[]) =>
  queryOptions({
    queryKey: ["routes", "preview", labels],
    queryFn: ({ signal }) => get("/v1/routes/preview", { query: { label: labels }, signal }),
    enabled: labels.length > 0,
    retry: false,
  });
