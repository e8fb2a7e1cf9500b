// The server's change stream in, invalidated queries out. Opens once, reopens for ever.
import type { QueryClient } from "@tanstack/react-query";

import { currentConnection, noteStream } from "./connection";
import { queryKeysOf } from "./topics";

const FLUSH_MS = 1_000;
const REOPEN_FIRST_MS = 1_000;
const REOPEN_MAX_MS = 15_000;

const topicsIn = (data: string): string[] => {
  try {
    const { topics } = JSON.parse(data) as { topics?: unknown };
    return Array.isArray(topics) ? topics.filter((topic) => typeof topic === "string") : [];
  } catch {
    return [];
  }
};

/** Keep the queries in step with the server until the returned function is called. */
export const followChanges = (client: QueryClient): (() => void) => {
  let source: EventSource | undefined;
  let reopen: ReturnType<typeof setTimeout> | undefined;
  let waitMs = REOPEN_FIRST_MS;
  const stale = new Map<string, readonly string[]>();

  // At most one round of requests per second; a query already on its way may have missed the change, so it waits its turn.
  const flush = setInterval(() => {
    for (const [name, queryKey] of stale) {
      if (client.isFetching({ queryKey }) > 0) continue;
      stale.delete(name);
      void client.invalidateQueries({ queryKey });
    }
  }, FLUSH_MS);

  const open = (): void => {
    source = new EventSource("/v1/stream");
    source.onopen = () => {
      waitMs = REOPEN_FIRST_MS;
      noteStream(true);
      // Whatever changed while nobody listened.
      void client.invalidateQueries();
    };
    source.addEventListener("changed", (event: MessageEvent<string>) => {
      for (const queryKey of queryKeysOf(topicsIn(event.data))) stale.set(queryKey.join(), queryKey);
    });
    source.onerror = () => {
      source?.close();
      if (currentConnection().streamOpen) {
        noteStream(false);
        // Ask at once: the answer, or its absence, tells whether the server is there; from here on queries poll.
        void client.invalidateQueries();
      }
      reopen = setTimeout(open, waitMs);
      waitMs = Math.min(waitMs * 2, REOPEN_MAX_MS);
    };
  };

  open();
  return () => {
    clearInterval(flush);
    clearTimeout(reopen);
    source?.close();
    noteStream(false);
  };
};
