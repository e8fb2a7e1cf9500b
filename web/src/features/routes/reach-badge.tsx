// Whether a channel can be reached: only what was accepted lately proves it.
import type { ReachState } from "@/api/contract";
import { Badge, type Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";

const LOOK: Readonly<Record<ReachState, { tone: Tone; icon: IconName; word: string }>> = {
  proven: { tone: "good", icon: "tick", word: "proven" },
  waiting: { tone: "doubt", icon: "question", word: "not proven yet" },
  failing: { tone: "warning", icon: "retry", word: "failing" },
  dead: { tone: "critical", icon: "cross", word: "dead" },
};

/** The worst first. */
export const REACH_STATES: readonly ReachState[] = ["dead", "failing", "waiting", "proven"];

export const ReachBadge = ({ state }: { state: ReachState }) => (
  <Badge tone={LOOK[state].tone} icon={LOOK[state].icon}>{LOOK[state].word}</Badge>
);
