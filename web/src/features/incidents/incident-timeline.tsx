// An incident's history as moments of a timeline.
import type { TimelineEntry } from "@/api/contract";
import type { Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { Timeline } from "@/ui/timeline";

const LOOK: Readonly<Record<TimelineEntry["kind"], { tone: Tone; icon: IconName }>> = {
  opened: { tone: "critical", icon: "octagon" },
  recurred: { tone: "critical", icon: "retry" },
  reopened: { tone: "critical", icon: "retry" },
  proof: { tone: "neutral", icon: "ring" },
  verdict: { tone: "warning", icon: "triangle" },
  notified: { tone: "info", icon: "send" },
  acknowledged: { tone: "info", icon: "hand" },
  resolved: { tone: "good", icon: "tick" },
  acted: { tone: "info", icon: "play" },
  declared: { tone: "neutral", icon: "copy" },
};

export const IncidentTimeline = ({ entries }: { entries: readonly TimelineEntry[] }) => (
  <Section title="Timeline" side="oldest first">
    <Timeline
      moments={entries.map((entry, index) => ({
        key: `${entry.at} ${index}`,
        at: entry.at,
        ...LOOK[entry.kind],
        what: <Text>{entry.text}</Text>,
        note: (
          <>
            {entry.kind} by <Text>{entry.actor}</Text>
          </>
        ),
      }))}
    />
  </Section>
);
