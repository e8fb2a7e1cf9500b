// POST /v1/drills: break a promise on purpose.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";

interface Order {
  fault: string;
  by: string;
}

export const useStartDrill = (promise: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: Order) => post("/v1/drills", {}, { promise, ...order }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["promises"] }),
  });
};
