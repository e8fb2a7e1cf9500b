// critical, warning, info, shown as P0, P1, P2.
import type { Severity } from "@/api/contract";

import { Badge, type Tone } from "./badge";
import type { IconName } from "./icon";

const LOOK: Readonly<Record<Severity, { tone: Tone; icon: IconName; level: string }>> = {
  critical: { tone: "critical", icon: "octagon", level: "P0" },
  warning: { tone: "warning", icon: "triangle", level: "P1" },
  info: { tone: "info", icon: "circle", level: "P2" },
};

export const SeverityBadge = ({ severity, loud = false }: { severity: Severity; loud?: boolean }) => {
  const { tone, icon, level } = LOOK[severity];
  return (
    <Badge tone={tone} icon={icon} loud={loud}>
      {level} {severity}
    </Badge>
  );
};
