// What is known of the connection in; how fresh the screen is out. Stale data must never look fresh.

export interface Connection {
  /** The change stream is open. */
  streamOpen: boolean;
  /** When the server last answered any request, or null if it never did. */
  answeredMs: number | null;
}

export type Freshness =
  | { state: "live" }
  | { state: "reconnecting" }
  | { state: "stale"; sinceMs: number | null };

/** With an open stream the server is asked at least every 10 s; two missed answers are not fresh. */
const OPEN_LIMIT_MS = 25_000;
/** Without a stream every query is polled each 5 s; three missed polls are not fresh. */
const POLL_LIMIT_MS = 15_000;

export const freshness = ({ streamOpen, answeredMs }: Connection, nowMs: number): Freshness => {
  const limit = streamOpen ? OPEN_LIMIT_MS : POLL_LIMIT_MS;
  if (answeredMs === null || nowMs - answeredMs > limit) return { state: "stale", sinceMs: answeredMs };
  return streamOpen ? { state: "live" } : { state: "reconnecting" };
};
