// One clock for the whole screen, ticking once a second; every age on it moves together.
import { useSyncExternalStore } from "react";

const TICK_MS = 1_000;

/** Whole seconds, so that two reads during one render agree. */
const wholeSecond = (): number => Math.floor(Date.now() / TICK_MS) * TICK_MS;

let now = wholeSecond();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

const watch = (watcher: () => void): (() => void) => {
  watchers.add(watcher);
  timer ??= setInterval(() => {
    now = wholeSecond();
    for (const each of watchers) each();
  }, TICK_MS);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
};

const read = (): number => {
  if (timer === undefined) now = wholeSecond();
  return now;
};

/** Milliseconds since the epoch, renewed each second. */
export const useNow = (): number => useSyncExternalStore(watch, read);
