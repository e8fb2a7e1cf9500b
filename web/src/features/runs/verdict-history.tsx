// How a run's verdict came to be; an old verdict stays on record.
import type { Run } from "@/api/contract";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { Timeline } from "@/ui/timeline";
import { VERDICT_LOOK } from "@/ui/verdict-badge";

export const VerdictHistory = ({ verdicts }: { verdicts: Run["verdicts"] }) => (
  <Section title="Verdict history" side="oldest first">
    {verdicts.length === 0 ? (
      <p className="quiet">No verdict has been recorded yet.</p>
    ) : (
      <Timeline
        moments={verdicts.map((change, index) => ({
          key: `${change.at} ${index}`,
          at: change.at,
          ...VERDICT_LOOK[change.to],
          what: (
            <>
              {change.from == null ? "" : `${change.from} → `}
              <b>{change.to}</b>
            </>
          ),
          note: <Text>{change.reason}</Text>,
        }))}
      />
    )}
  </Section>
);
