// Who was told, and every attempt at telling them.
import type { Delivery } from "@/api/contract";
import { counted, duration } from "@/lib/quantity";
import { Badge, type Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";
import { Instant } from "@/ui/instant";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./deliveries.module.css";

const LOOK: Readonly<Record<Delivery["state"], { tone: Tone; icon: IconName }>> = {
  queued: { tone: "neutral", icon: "dots" },
  retrying: { tone: "warning", icon: "retry" },
  accepted: { tone: "good", icon: "tick" },
  failed: { tone: "critical", icon: "cross" },
  superseded: { tone: "neutral", icon: "dash" },
};

type Attempt = Delivery["attempts"][number];

const OUTCOME: Readonly<Record<Attempt["outcome"], string>> = {
  accepted: "accepted",
  transient: "failed, will try again",
  permanent: "refused for good",
};

const AttemptLine = ({ attempt }: { attempt: Attempt }) => (
  <li className={styles.attempt} data-outcome={attempt.outcome}>
    <span className="nums">#{attempt.number}</span>
    <span>
      <span className={styles.outcome}>{OUTCOME[attempt.outcome]}</span>
      {attempt.status_code === null || attempt.detail.startsWith(String(attempt.status_code)) ? null : <span className="nums"> {attempt.status_code}</span>}
      {attempt.detail === "" ? null : (
        <>
          {" "}
          <Text>{attempt.detail}</Text>
        </>
      )}
    </span>
    <span className={styles.when}>
      <Instant at={attempt.at} clock /> in {duration(attempt.duration_s)}
    </span>
  </li>
);

const DeliveryItem = ({ delivery }: { delivery: Delivery }) => (
  <li className={styles.delivery}>
    <div className={styles.head}>
      <span>
        <b><Text>{delivery.channel}</Text></b> <span className="quiet">incident {delivery.kind}</span>
      </span>
      <Badge {...LOOK[delivery.state]}>{delivery.state}</Badge>
    </div>
    {delivery.next_attempt_at ? (
      <p className="quiet">
        Next attempt <TimeAgo at={delivery.next_attempt_at} />
      </p>
    ) : null}
    {delivery.attempts.length === 0 ? (
      <p className="quiet">No attempt yet.</p>
    ) : (
      <ol className={styles.attempts} aria-label={`Attempts at ${delivery.channel}`}>
        {delivery.attempts.map((attempt) => (
          <AttemptLine key={attempt.number} attempt={attempt} />
        ))}
      </ol>
    )}
  </li>
);

export const Deliveries = ({ deliveries }: { deliveries: readonly Delivery[] }) => (
  <Section
    title="Deliveries"
    side={counted(deliveries.reduce((sum, { attempts }) => sum + attempts.length, 0), "attempt")}
    flush
  >
    {deliveries.length === 0 ? (
      <p className={styles.none}>Nobody has been notified. Give the policy or the promise a route to a channel.</p>
    ) : (
      <ul>
        {deliveries.map((delivery) => (
          <DeliveryItem key={delivery.id} delivery={delivery} />
        ))}
      </ul>
    )}
  </Section>
);
