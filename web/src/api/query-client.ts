// The cache of everything the screens show, with the rules of when to ask again.
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { ApiError } from "./api-error";
import type { Session } from "./contract";
import { currentConnection } from "./connection";
import { SESSION_KEY } from "./get-session";

/** With the stream open a round of polling only guards against a lost event and moves the windows on. */
const POLL_OPEN_MS = 10_000;
const POLL_CLOSED_MS = 5_000;

export const pollMs = (): number => (currentConnection().streamOpen ? POLL_OPEN_MS : POLL_CLOSED_MS);

const SIGNED_OUT: Session = { open: false, signed_in: false };

export const createQueryClient = (): QueryClient => {
  // Any 401 means the session is over, whoever noticed first.
  const onError = (error: Error): void => {
    if (error instanceof ApiError && error.unauthorized) client.setQueryData(SESSION_KEY, SIGNED_OUT);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // The server is often on this very machine: what the browser thinks of the network does not matter.
        networkMode: "always",
        refetchInterval: pollMs,
        staleTime: 1_000,
        retryDelay: 1_000,
        retry: (failures, error) => failures < 1 && !(error instanceof ApiError && error.permanent),
      },
      mutations: { networkMode: "always" },
    },
  });
  return client;
};
