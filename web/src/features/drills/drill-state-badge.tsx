// running, passed, failed.
import type { Drill } from "@/api/contract";
import { Badge, type Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";

const LOOK: Readonly<Record<Drill["state"], { tone: Tone; icon: IconName }>> = {
  running: { tone: "info", icon: "clock" },
  passed: { tone: "good", icon: "tick" },
  failed: { tone: "critical", icon: "cross" },
};

export const DrillStateBadge = ({ state }: Pick<Drill, "state">) => <Badge {...LOOK[state]}>{state}</Badge>;
