// kept, broken, unverified, overdue, pending.
import type { Verdict } from "@/api/contract";

import { Badge, type Tone } from "./badge";
import type { IconName } from "./icon";

export const VERDICT_LOOK: Readonly<Record<Verdict, { tone: Tone; icon: IconName }>> = {
  kept: { tone: "good", icon: "tick" },
  broken: { tone: "critical", icon: "cross" },
  overdue: { tone: "warning", icon: "clock" },
  unverified: { tone: "doubt", icon: "question" },
  pending: { tone: "neutral", icon: "dots" },
};

export const VERDICTS: readonly Verdict[] = ["kept", "broken", "overdue", "unverified", "pending"];

export const VerdictBadge = ({ verdict }: { verdict: Verdict }) => (
  <Badge tone={VERDICT_LOOK[verdict].tone} icon={VERDICT_LOOK[verdict].icon}>
    {verdict}
  </Badge>
);
