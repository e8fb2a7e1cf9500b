// GET /v1/routes: who is told of what, and when each channel last proved that it can be reached.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const routesQuery = queryOptions({
  queryKey: ["routes", "tree"],
  queryFn: ({ signal }) => get("/v1/routes", { signal }),
});
