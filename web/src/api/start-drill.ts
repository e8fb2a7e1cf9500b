// POST /v1/drills: break a promise on purpose.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";
import type { Fault } from "./contract";

interface Order {
  /** Null: the one that the promise declares. */
  fault: Fault | null;
  by: string;
  /** Its usual route is told as well as the drill channel. */
  notify: boolean;
}

export const useStartDrill = (promise: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: Order) => post("/v1/drills", {}, { promise, ...order }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["promises"] }),
  });
};
