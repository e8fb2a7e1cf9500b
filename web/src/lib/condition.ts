// What spans are filtered by: a condition such as `route=abstain` in; its parts, and words for people, out.

export type Sort = "text" | "flag" | "number" | "reason";
export type Comparison = "=" | "!=" | ">=" | "<=";

export interface FactName {
  fact: string;
  label: string;
  sort: Sort;
  /** Values are few enough to be offered with their counts. */
  counted?: boolean;
  unit?: string;
}

const few = (fact: string, label: string): FactName => ({ fact, label, sort: "text", counted: true });
const id = (fact: string, label: string): FactName => ({ fact, label, sort: "text" });
const flag = (fact: string, label: string): FactName => ({ fact, label, sort: "flag" });
const number = (fact: string, label: string, unit = ""): FactName => ({ fact, label, sort: "number", unit });

/** Everything spans can be filtered by, as people look for it. */
export const FACT_GROUPS: readonly { group: string; facts: readonly FactName[] }[] = [
  {
    group: "Where from",
    facts: [few("service", "Service"), few("environment", "Environment"), few("deploy", "Deploy"), few("operation", "Operation"), few("agent", "Agent"), few("step", "Step"), few("tool", "Tool"), few("tool_status", "Tool status")],
  },
  {
    group: "Decision",
    facts: [few("route", "Route"), few("first_failed_stage", "First failed stage"), flag("unsafe_claim_served", "Unsafe claim served"), few("template_id", "Template"), few("evidence_version", "Evidence version"), few("segment", "Segment"), few("case_id", "Case")],
  },
  {
    group: "Model",
    facts: [few("model", "Model"), few("provider", "Provider"), few("service_tier", "Service tier"), few("finish_reason", "Finish reason"), few("stream_end", "How the stream ended"), flag("streaming", "Streamed")],
  },
  {
    group: "What went wrong",
    facts: [flag("failed", "Failed"), few("error_type", "Error"), { fact: "quarantine", label: "Quarantine", sort: "reason" }, number("attempt", "Attempt")],
  },
  {
    group: "How much",
    facts: [number("duration_s", "Total time", "s"), number("ttft_s", "Time to first token", "s"), number("cost_usd", "Cost", "US$"), number("input_tokens", "Input tokens"), number("cached_input_tokens", "Cached input tokens"), number("cache_write_tokens", "Cache write tokens"), number("output_tokens", "Output tokens"), number("reasoning_tokens", "Reasoning tokens")],
  },
  {
    group: "How it was read and counted",
    facts: [flag("is_answer", "Is an answer"), flag("is_call", "Counts as a call"), flag("is_duplicate", "Duplicate"), flag("is_gateway", "Gateway"), few("dialect", "Dialect"), few("ttft_kind", "First token told as"), few("usage_basis", "Usage basis"), few("wire_version", "Dialect tables"), few("scrub_policy", "Scrub policy"), number("inclusion_ratio", "Inclusion probability"), id("sample_reason", "Kept because"), id("sample_policy", "Sampling policy")],
  },
  {
    group: "Ids",
    facts: [id("request_id", "Request id"), id("conversation_id", "Conversation id"), id("response_id", "Response id"), id("call_id", "Counting span"), id("retry_of", "Retry of"), id("tool_call_id", "Tool call id"), id("tool_input_hash", "Tool input hash"), id("progress", "Progress marker")],
  },
];

const BY_NAME = new Map(FACT_GROUPS.flatMap(({ facts }) => facts).map((each) => [each.fact, each]));

export const QUARANTINE_REASONS = ["ends_before_start", "first_token_after_end", "cached_exceeds_input", "reasoning_exceeds_output", "negative_tokens"] as const;
export const CONDITIONS_MAX = 30;

export interface Condition {
  fact: string;
  comparison: Comparison;
  value: string;
}

export const factNamed = (fact: string): FactName => BY_NAME.get(fact) ?? { fact, label: fact, sort: "text" };

/** The parts of a condition; null when it is none. */
export const parsed = (text: string): Condition | null => {
  const found = /^([a-z_]+)(!=|>=|<=|=)([\s\S]*)$/.exec(text);
  return found ? { fact: found[1] ?? "", comparison: found[2] as Comparison, value: found[3] ?? "" } : null;
};

export const written = ({ fact, comparison, value }: Condition): string => `${fact}${comparison}${value}`;

/** "is abstain", "is unknown", "at least 2 s": what a condition says of its fact. */
export const saying = ({ fact, comparison, value }: Condition): string => {
  const { sort, unit } = factNamed(fact);
  if (sort === "reason" && value === "") return comparison === "=" ? "has none" : "has any";
  if (value === "") return comparison === "=" ? "is unknown" : "is known";
  if (sort === "flag") return value === "true" ? "yes" : "no";
  const words = { "=": "is", "!=": "is not", ">=": "at least", "<=": "at most" }[comparison];
  return [words, value, unit].filter(Boolean).join(" ");
};
