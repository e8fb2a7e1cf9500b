// GET /v1/services/{name}/series: the same minutes as a window, cut into steps.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const seriesQuery = (name: string, minutes: number) =>
  queryOptions({
    queryKey: ["services", "series", name, minutes],
    queryFn: ({ signal }) => get("/v1/services/{name}/series", { path: { name }, query: { minutes }, signal }),
  });
