// GET /v1/trials: the newest backtests and calibrations of a policy, and how far those are that are not over.
import { queryOptions } from "@tanstack/react-query";

import { get } from "./client";
import type { Trial } from "./contract";
import { pollMs } from "./query-client";

export const TRIALS_MAX = 5;

const RUNNING_POLL_MS = 1_000;

export const isOver = ({ state }: Trial): boolean => state === "done" || state === "failed";

export const trialsQuery = (policy: string) =>
  queryOptions({
    queryKey: ["trials", policy],
    queryFn: ({ signal }) => get("/v1/trials", { query: { policy, limit: TRIALS_MAX }, signal }),
    refetchInterval: ({ state }) => (state.data?.trials.every(isOver) === false ? RUNNING_POLL_MS : pollMs()),
  });
