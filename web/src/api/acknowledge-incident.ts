// POST /v1/incidents/{incident}/acknowledge: somebody has it.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";
import { incidentKey } from "./get-incident";

export const useAcknowledgeIncident = (id: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (by: string) => post("/v1/incidents/{incident}/acknowledge", { path: { incident: id } }, { by }),
    onSuccess: (incident) => {
      client.setQueryData(incidentKey(id), incident);
      return client.invalidateQueries({ queryKey: ["incidents"] });
    },
  });
};
