// What went into a run and what became of it; what nobody explains is named, not hidden.
import type { Run } from "@/api/contract";
import { count, counted } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { Fact, Facts } from "@/ui/fact";

type Counts = Run["counts"];

/** Items no reported count accounts for; null while input, valid or invalid is unknown. Unreported skips explain nothing. */
export const unexplained = ({ input, valid, invalid, skipped, suppressed, lost }: Counts): number | null => {
  if (input == null || valid == null || invalid == null) return null;
  return input - valid - invalid - (skipped ?? 0) - (suppressed ?? 0) - (lost ?? 0);
};

export const RunCounts = ({ counts }: { counts: Counts }) => {
  const remainder = unexplained(counts);
  return (
    <Facts>
      <Fact label="Input">{count(counts.input)}</Fact>
      <Fact label="Valid">{count(counts.valid)}</Fact>
      <Fact label="Invalid">{count(counts.invalid)}</Fact>
      <Fact label="Skipped">{count(counts.skipped)}</Fact>
      <Fact label="Suppressed">{count(counts.suppressed)}</Fact>
      <Fact label="Lost">{count(counts.lost)}</Fact>
      <Fact label="Unexplained">
        {remainder === null || remainder === 0 ? (
          count(remainder)
        ) : (
          <Badge tone="critical" icon="cross">
            {counted(Math.abs(remainder), "item")} {remainder > 0 ? "missing" : "too many"}
          </Badge>
        )}
      </Fact>
    </Facts>
  );
};
