// POST …/actions/{action}/preview: what an action would do. Nothing is done.
import { useMutation } from "@tanstack/react-query";

import { post } from "./client";

/** The values of an action's parameters, by name. */
export type ActionValues = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export const usePreviewAction = (incident: string, action: string) =>
  useMutation({
    mutationFn: (parameters: ActionValues) =>
      post("/v1/incidents/{incident}/actions/{action}/preview", { path: { incident, action } }, { parameters }),
  });
