// GET /v1/promises/{name}: one promise with its schedule, its slots and its drills.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";

export const promiseQuery = (name: string) =>
  queryOptions({
    queryKey: ["promises", "one", name],
    queryFn: ({ signal }) => get("/v1/promises/{name}", { path: { name }, signal }),
  });
