// Silences, the newest first: what each covers, whose it is, why, and until when.
import type { Silence } from "@/api/contract";
import { Badge, type Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";
import { Instant } from "@/ui/instant";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { ChangeSilence } from "./change-silence";
import { Matchers } from "./matchers";
import styles from "./silences.module.css";

const LOOK: Readonly<Record<Silence["state"], { tone: Tone; icon: IconName }>> = {
  active: { tone: "warning", icon: "dash" },
  pending: { tone: "info", icon: "clock" },
  expired: { tone: "neutral", icon: "tick" },
};

const When = ({ silence: { state, starts_at, ends_at, ended_by } }: { silence: Silence }) => {
  if (state === "expired") return <>over <TimeAgo at={ends_at} />{ended_by === null ? null : <>, ended by <Text>{ended_by}</Text></>}</>;
  if (state === "pending") return <>starts <TimeAgo at={starts_at} />, ends <Instant at={ends_at} /></>;
  return <>ends <TimeAgo at={ends_at} />, at <Instant at={ends_at} /></>;
};

export const SilenceList = ({ silences }: { silences: readonly Silence[] }) => (
  <Section title="Silences" side="newest first" flush>
    <ul className={styles.list}>
      {silences.map((silence) => (
        <li key={silence.id} className={styles.silence}>
          <div className={styles.head}>
            <Badge {...LOOK[silence.state]}>{silence.state}</Badge>
            <span><When silence={silence} /></span>
          </div>
          <Matchers matchers={silence.matchers} />
          <p>
            <Text>{silence.reason}</Text>{" "}
            <span className="quiet">by <Text>{silence.by}</Text>, <TimeAgo at={silence.created_at} /></span>
          </p>
          <div className={styles.buttons}><ChangeSilence silence={silence} /></div>
        </li>
      ))}
    </ul>
  </Section>
);
