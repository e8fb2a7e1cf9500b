// POST /v1/backtests, /v1/calibrations: try a policy on history. Nothing is put in force by it.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";
import type { TrialKind } from "./contract";

export interface TrialAsked {
  kind: TrialKind;
  by: string;
  minutes: number;
  /** The policy as it would stand in a file; null: the one in force. */
  text: string | null;
  /** False alarms that a calibrated limit may bring; null: as the server thinks right. */
  allowedPerWeek: number | null;
}

export const useStartTrial = (policy: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, by, minutes, text, allowedPerWeek }: TrialAsked) =>
      post(kind === "backtest" ? "/v1/backtests" : "/v1/calibrations", {}, { policy, by, minutes, text, allowed_per_week: allowedPerWeek }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["trials"] }),
  });
};
