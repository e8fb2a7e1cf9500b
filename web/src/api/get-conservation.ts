// GET /v1/conservation: where everything that applications emitted is.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const conservationQuery = queryOptions({
  queryKey: ["conservation"],
  queryFn: ({ signal }) => get("/v1/conservation", { signal }),
});
