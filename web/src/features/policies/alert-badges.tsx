// The state of an alert and how much it sees: never one without the other, because quiet and blind look alike.
import type { Alert } from "@/api/contract";
import { Badge, type Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";

const STATE: Readonly<Record<Alert["state"], { tone: Tone; icon: IconName; word: string }>> = {
  firing: { tone: "critical", icon: "octagon", word: "firing" },
  resolving: { tone: "warning", icon: "clock", word: "recovering" },
  pending: { tone: "warning", icon: "dots", word: "about to fire" },
  inactive: { tone: "good", icon: "tick", word: "quiet" },
};

const DATA: Readonly<Record<Exclude<Alert["data"], "whole">, string>> = {
  partial: "partial data",
  sparse: "too little data",
  none: "no data",
};

interface Props {
  state: Alert["state"];
  data: Alert["data"];
}

export const AlertBadges = ({ state, data }: Props) => (
  <>
    {/* An alert that sees nothing is not called quiet. */}
    {state === "inactive" && (data === "none" || data === "sparse") ? null : (
      <Badge tone={STATE[state].tone} icon={STATE[state].icon}>{STATE[state].word}</Badge>
    )}{" "}
    {data === "whole" ? null : <Badge tone="doubt" icon="question">{DATA[data]}</Badge>}
  </>
);
