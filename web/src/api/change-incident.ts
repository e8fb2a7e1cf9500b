// POST /v1/incidents/{incident}/assign, notes, merge, split: whose it is, what was found out, what belongs together.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";
import type { Incident } from "./contract";
import { incidentKey } from "./get-incident";

const useChange = <Asked>(id: string, ask: (asked: Asked) => Promise<Incident>) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ask,
    onSuccess: (incident) => {
      client.setQueryData(incidentKey(id), incident);
      return client.invalidateQueries({ queryKey: ["incidents"] });
    },
  });
};

/** `to` null: nobody's. */
export const useAssignIncident = (id: string) =>
  useChange(id, (asked: { by: string; to: string | null }) => post("/v1/incidents/{incident}/assign", { path: { incident: id } }, asked));

export const useNoteIncident = (id: string) =>
  useChange(id, (asked: { by: string; text: string }) => post("/v1/incidents/{incident}/notes", { path: { incident: id } }, asked));

export const useMergeIncident = (id: string) =>
  useChange(id, (asked: { by: string; into: string }) => post("/v1/incidents/{incident}/merge", { path: { incident: id } }, asked));

export const useSplitIncident = (id: string) =>
  useChange(id, (asked: { by: string }) => post("/v1/incidents/{incident}/split", { path: { incident: id } }, asked));
