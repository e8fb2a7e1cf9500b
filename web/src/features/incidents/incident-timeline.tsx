// An incident's history as moments of a timeline.
import type { ReactNode } from "react";

import type { TimelineEntry } from "@/api/contract";
import type { Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { Timeline } from "@/ui/timeline";

import styles from "./incident-timeline.module.css";

const LOOK: Readonly<Record<TimelineEntry["kind"], { tone: Tone; icon: IconName }>> = {
  opened: { tone: "critical", icon: "octagon" },
  recurred: { tone: "critical", icon: "retry" },
  reopened: { tone: "critical", icon: "retry" },
  proof: { tone: "neutral", icon: "ring" },
  verdict: { tone: "warning", icon: "triangle" },
  notified: { tone: "info", icon: "send" },
  escalated: { tone: "warning", icon: "send" },
  held_back: { tone: "doubt", icon: "dash" },
  acknowledged: { tone: "info", icon: "hand" },
  assigned: { tone: "info", icon: "hand" },
  noted: { tone: "info", icon: "copy" },
  merged: { tone: "neutral", icon: "ring" },
  split: { tone: "neutral", icon: "ring" },
  marked: { tone: "info", icon: "tick" },
  flapping: { tone: "warning", icon: "retry" },
  resolved: { tone: "good", icon: "tick" },
  acted: { tone: "info", icon: "play" },
  declared: { tone: "neutral", icon: "copy" },
};

interface Props {
  entries: readonly TimelineEntry[];
  /** The way to write on it. */
  note: ReactNode;
}

export const IncidentTimeline = ({ entries, note }: Props) => (
  <Section title="Timeline" side="oldest first">
    <Timeline
      moments={entries.map((entry, index) => ({
        key: `${entry.at} ${index}`,
        at: entry.at,
        ...LOOK[entry.kind],
        what: <Text>{entry.text}</Text>,
        note: (
          <>
            {entry.kind.replaceAll("_", " ")} by <Text>{entry.actor}</Text>
          </>
        ),
      }))}
    />
    <div className={styles.note}>{note}</div>
  </Section>
);
