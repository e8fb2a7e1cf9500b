// GET /v1/services/{name}/window: the measures of one service over the last minutes.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const windowQuery = (name: string, minutes: number) =>
  queryOptions({
    queryKey: ["services", "window", name, minutes],
    queryFn: ({ signal }) => get("/v1/services/{name}/window", { path: { name }, query: { minutes }, signal }),
  });
