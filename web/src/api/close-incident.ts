// POST /v1/incidents/{incident}/close: ended by a person, with a reason that stays on record.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";
import { incidentKey } from "./get-incident";

export const useCloseIncident = (id: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (said: { by: string; reason: string }) => post("/v1/incidents/{incident}/close", { path: { incident: id } }, said),
    onSuccess: (incident) => {
      client.setQueryData(incidentKey(id), incident);
      return client.invalidateQueries({ queryKey: ["incidents"] });
    },
  });
};
