// open, acknowledged, resolved.
import type { IncidentState } from "@/api/contract";

import { Badge, type Tone } from "./badge";
import type { IconName } from "./icon";

const LOOK: Readonly<Record<IncidentState, { tone: Tone; icon: IconName }>> = {
  open: { tone: "critical", icon: "ring" },
  acknowledged: { tone: "info", icon: "hand" },
  resolved: { tone: "good", icon: "tick" },
};

export const IncidentStateBadge = ({ state }: { state: IncidentState }) => (
  <Badge tone={LOOK[state].tone} icon={LOOK[state].icon}>
    {state}
  </Badge>
);
