// At which stage answers failed first; "passed" is not a failure.
import type { Window } from "@/api/contract";
import { Bars } from "@/charts/bars";
import { Section } from "@/ui/section";

export const FailureStages = ({ stages }: { stages: Window["failure_stages"] }) => (
  <Section title="First failed stage">
    {stages.length === 0 ? (
      <p className="quiet">No answer of this window names a stage.</p>
    ) : (
      <Bars
        title="Answers by first failed stage"
        bars={stages.map(({ stage, count }) => ({
          label: stage === "passed" ? "passed (none failed)" : stage,
          value: count,
          tone: stage === "passed" ? "good" : "neutral",
        }))}
      />
    )}
  </Section>
);
