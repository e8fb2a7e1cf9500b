// What a policy says, in words: its kind, what it is about, how alike policies are ordered.
import type { PolicySummary } from "@/api/contract";

export const KINDS: Readonly<Record<PolicySummary["kind"], string>> = {
  invariant: "must always hold",
  threshold: "threshold",
  burn_rate: "burn rate",
  drift: "drift",
  absence: "absence",
  coverage: "coverage",
  promise: "kept promises",
};

type Scope = Pick<PolicySummary, "over" | "promise">;

/** "service tracking-answerer, route serve"; "everything" where it is about all that arrives. */
export const scopeText = ({ over, promise }: Scope): string => {
  const parts = Object.entries(over).map(([dimension, value]) => `${dimension} ${value ?? "(not said)"}`);
  if (promise !== null) parts.unshift(`promise ${promise}`);
  return parts.length > 0 ? parts.join(", ") : "everything";
};

const STATES: readonly PolicySummary["state"][] = ["firing", "resolving", "pending", "inactive"];
const DATA: readonly PolicySummary["data"][] = ["none", "partial", "sparse", "whole"];

/** The same policies, those that need somebody first; then those that cannot see; equals as they are declared. */
export const worstFirst = (policies: readonly PolicySummary[]): PolicySummary[] =>
  [...policies].sort(
    (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || DATA.indexOf(one.data) - DATA.indexOf(other.data),
  );
