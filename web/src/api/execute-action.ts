// POST …/actions/{action}/preview and …/actions/{action}: what an action would do, and doing it.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";

interface Execution {
  parameters: Record<string, unknown>;
  by: string;
  /** Although its retry safety speaks against it. */
  force: boolean;
}

export const usePreviewAction = (incident: string, action: string) =>
  useMutation({
    mutationFn: (parameters: Record<string, unknown>) =>
      post("/v1/incidents/{incident}/actions/{action}/preview", { path: { incident, action } }, { parameters }),
  });

export const useExecuteAction = (incident: string, action: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (execution: Execution) => post("/v1/incidents/{incident}/actions/{action}", { path: { incident, action } }, execution),
    onSettled: () => client.invalidateQueries({ queryKey: ["incidents"] }),
  });
};
