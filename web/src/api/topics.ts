// The topics of a `changed` event in, the keys of the queries they touch out.

/** An incident is shown with its promise; what is known of it rests on its runs; the status names removed promises. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  incidents: ["incidents", "handoffs", "promises", "policies", "silences", "routes", "status"],
  runs: ["runs", "promises", "handoffs"],
  promises: ["promises", "policies", "handoffs", "routes", "status"],
  trials: ["trials"],
  windows: ["services", "spans", "traces", "quarantine", "status"],
};

/** One key per family of queries. An unknown topic touches everything: better a request too many than a stale screen. */
export const queryKeysOf = (topics: readonly string[]): readonly (readonly string[])[] => {
  if (topics.length === 0 || topics.some((topic) => !(topic in KEYS))) return [[]];
  return [...new Set(topics.flatMap((topic) => KEYS[topic] ?? []))].map((family) => [family]);
};
