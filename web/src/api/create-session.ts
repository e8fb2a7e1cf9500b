// POST /v1/session: a key in, a signed-in browser out (the server sets an HttpOnly cookie).
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";

export const useCreateSession = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: string) => post("/v1/session", {}, { key }),
    onSuccess: () => client.invalidateQueries(),
  });
};
