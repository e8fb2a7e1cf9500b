// The topics of a `changed` event in, the keys of the queries they touch out.

const KEYS: Readonly<Record<string, readonly string[]>> = {
  incidents: ["incidents"],
  runs: ["runs", "promises"],
  windows: ["services", "quarantine", "status"],
};

/** One key per family of queries. An unknown topic touches everything: better a request too many than a stale screen. */
export const queryKeysOf = (topics: readonly string[]): readonly (readonly string[])[] => {
  if (topics.length === 0 || topics.some((topic) => !(topic in KEYS))) return [[]];
  return topics.flatMap((topic) => KEYS[topic] ?? []).map((family) => [family]);
};
