// GET /v1/services: what has sent answers or calls in the last 24 hours.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const servicesQuery = queryOptions({
  queryKey: ["services", "list"],
  queryFn: ({ signal }) => get("/v1/services", { signal }),
});
