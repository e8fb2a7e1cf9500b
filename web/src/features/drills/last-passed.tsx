// How old the proof is that breaks are noticed and told: by promise, by channel, by the part that notices.
import type { DrillList } from "@/api/contract";
import { FactTable } from "@/ui/fact-table";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

type LastPassed = DrillList["last_passed"];

const GROUPS: readonly { key: keyof LastPassed; what: string }[] = [
  { key: "promises", what: "promise" },
  { key: "routes", what: "channel" },
  { key: "evaluators", what: "noticed by" },
];

export const LastPassedDrills = ({ lastPassed }: { lastPassed: LastPassed }) => {
  const lines = GROUPS.flatMap(({ key, what }) =>
    Object.entries(lastPassed[key]).map(([name, at]) => ({
      key: `${key} ${name}`,
      label: (
        <>
          {what} <Text mono>{name}</Text>
        </>
      ),
      value: <TimeAgo at={at} />,
    })),
  );
  return (
    <Section title="Last drill that passed" side="what never passed one isn't listed" flush={lines.length > 0}>
      {lines.length === 0 ? (
        <p className="quiet">No drill has passed yet: nobody has seen an incident come and reach its channel. Drill a promise on its page.</p>
      ) : (
        <FactTable lines={lines} />
      )}
    </Section>
  );
};
