// POST /v1/incidents/{incident}/close: ended by a person, with a reason that stays on record.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";

interface Closing {
  ids: readonly string[];
  by: string;
  reason: string;
}

/** Closes one after the other; what was closed before one failed stays closed. */
export const useCloseIncidents = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ ids, by, reason }: Closing) => {
      for (const incident of ids) await post("/v1/incidents/{incident}/close", { path: { incident } }, { by, reason });
    },
    onSettled: () =>
      Promise.all(["incidents", "handoffs", "promises", "status"].map((family) => client.invalidateQueries({ queryKey: [family] }))),
  });
};
