// intended, running, succeeded, failed, unknown.
import type { ActionRecord } from "@/api/contract";
import { Badge, type Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";

export const ACTION_LOOK: Readonly<Record<ActionRecord["state"], { tone: Tone; icon: IconName }>> = {
  intended: { tone: "neutral", icon: "dots" },
  running: { tone: "info", icon: "clock" },
  succeeded: { tone: "good", icon: "tick" },
  failed: { tone: "critical", icon: "cross" },
  unknown: { tone: "doubt", icon: "question" },
};

export const ActionStateBadge = ({ state }: Pick<ActionRecord, "state">) => <Badge {...ACTION_LOOK[state]}>{state}</Badge>;
