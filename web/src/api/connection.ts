// Signs of life in (answers, the stream opening and closing), the state of the connection out.
import { useSyncExternalStore } from "react";

import type { Connection } from "@/lib/freshness";

let connection: Connection = { streamOpen: false, answeredMs: null };
const watchers = new Set<() => void>();

const change = (part: Partial<Connection>): void => {
  connection = { ...connection, ...part };
  for (const each of watchers) each();
};

export const noteAnswer = (answeredMs: number): void => change({ answeredMs });

export const noteStream = (streamOpen: boolean): void => change({ streamOpen });

export const currentConnection = (): Connection => connection;

const watch = (watcher: () => void): (() => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

export const useConnection = (): Connection => useSyncExternalStore(watch, currentConnection);
