// What went into a run and what became of it; what nobody explains is named, not hidden.
import type { Run } from "@/api/contract";
import { count, counted } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { Fact, Facts } from "@/ui/fact";

const LABELS = {
  input: "Input",
  valid: "Valid",
  invalid: "Invalid",
  skipped: "Skipped",
  suppressed: "Suppressed",
  lost: "Lost",
} as const;
type Name = keyof typeof LABELS;

const NAMES = Object.keys(LABELS) as Name[];

const Remainder = ({ unexplained }: { unexplained: number }) =>
  unexplained === 0 ? (
    <>0</>
  ) : (
    <Badge tone="critical" icon="cross">
      {counted(Math.abs(unexplained), "item")} {unexplained > 0 ? "missing" : "too many"}
    </Badge>
  );

export const RunCounts = ({ counts, unexplained }: Pick<Run, "counts" | "unexplained">) =>
  NAMES.every((name) => counts[name] == null) ? (
    <p className="quiet">The job reported no counts.</p>
  ) : (
    <Facts>
      {NAMES.map((name) => (
        <Fact key={name} label={LABELS[name]}>
          {count(counts[name])}
        </Fact>
      ))}
      <Fact label="Unexplained">{unexplained === null ? null : <Remainder unexplained={unexplained} />}</Fact>
    </Facts>
  );
