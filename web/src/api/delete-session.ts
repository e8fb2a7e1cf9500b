// DELETE /v1/session: sign out. Everything fetched under the session is forgotten.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { remove } from "./client";
import type { Session } from "./contract";
import { SESSION_KEY } from "./get-session";

export const useDeleteSession = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => remove("/v1/session"),
    onSuccess: () => {
      client.setQueryData<Session>(SESSION_KEY, { open: false, signed_in: false });
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
    },
  });
};
