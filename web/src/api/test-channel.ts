// POST /v1/routes/channels/{channel}/test: send a plain test the way that pages go.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";

export const useTestChannel = (channel: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => post("/v1/routes/channels/{channel}/test", { path: { channel } }, {}),
    onSuccess: () => client.invalidateQueries({ queryKey: ["routes"] }),
  });
};
