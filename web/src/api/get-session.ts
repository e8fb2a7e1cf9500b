// GET /v1/session: whether a key is needed, and whether this browser has shown one.
import { queryOptions } from "@tanstack/react-query";

import { ApiError } from "./api-error";
import { get } from "./client";
import type { Session } from "./contract";

export const SESSION_KEY = ["session"] as const;

export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: async ({ signal }): Promise<Session> => {
    try {
      return await get("/v1/session", { signal });
    } catch (error) {
      if (error instanceof ApiError && error.unauthorized) return { open: false, signed_in: false };
      throw error;
    }
  },
});
