// How a promise stands now, in words a sleeper understands.
import type { Standing } from "@/api/contract";
import { Badge, type Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";
import { VERDICT_LOOK } from "@/ui/verdict-badge";

const LOOK: Readonly<Record<Standing, { tone: Tone; icon: IconName }>> = {
  ...VERDICT_LOOK,
  never_started: { tone: "critical", icon: "cross" },
  stale: { tone: "critical", icon: "clock" },
  paused: { tone: "neutral", icon: "dash" },
  no_data: { tone: "doubt", icon: "question" },
};

/** Worst first, what nobody knows before what is well. */
const ORDER: readonly Standing[] = ["broken", "never_started", "stale", "overdue", "unverified", "no_data", "pending", "kept", "paused"];

/** The same promises, those that need somebody first; equals stay as they are declared. */
export const worstFirst = <T extends { state: Standing }>(promises: readonly T[]): T[] =>
  [...promises].sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state));

export const StandingBadge = ({ state }: { state: Standing }) => <Badge {...LOOK[state]}>{state.replace("_", " ")}</Badge>;
