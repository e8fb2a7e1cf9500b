// POST …/actions/{action}: have it done. Asked twice, it is done once.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";
import { HANDOFFS_KEY } from "./get-handoff";
import type { ActionValues } from "./preview-action";

interface Execution {
  parameters: ActionValues;
  by: string;
  /** Although something speaks against it. */
  force: boolean;
}

export const useExecuteAction = (incident: string, action: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (execution: Execution) => post("/v1/incidents/{incident}/actions/{action}", { path: { incident, action } }, execution),
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: HANDOFFS_KEY }), client.invalidateQueries({ queryKey: ["incidents"] })]),
  });
};
