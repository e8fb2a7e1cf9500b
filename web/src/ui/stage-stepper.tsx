// The four stages of a run in their order: what each proof said, who observed it and when.
import type { Stage } from "@/api/contract";
import { factText } from "@/lib/fact-text";

import { Icon, type IconName } from "./icon";
import { Instant } from "./instant";
import { OutboundLink } from "./outbound-link";
import styles from "./stage-stepper.module.css";
import { Text } from "./text";

const STATE: Readonly<Record<Stage["state"], { icon: IconName; word: string }>> = {
  passed: { icon: "tick", word: "passed" },
  failed: { icon: "cross", word: "failed" },
  missing: { icon: "question", word: "no proof" },
  not_required: { icon: "dash", word: "not required" },
};

const OBSERVER: Readonly<Record<NonNullable<Stage["observer"]>, string>> = {
  job: "the job itself",
  independent: "an independent checker",
  probe: "Outproof's probe",
};

/** A measured name without its unit, which its value carries: "duration" of `duration_s`. */
const measuredName = (name: string): string => name.replace(/_s$/, "").replaceAll("_", " ");

/** Who saw it, where and when; of a missing proof, who must see it. */
const Seen = ({ stage: { state, observer, at, surface } }: { stage: Stage }) => (
  <>
    {observer === null ? null : (
      <p className={styles.note}>
        {state === "missing" ? "must be seen by" : "seen by"} {OBSERVER[observer]}
        {at === null ? null : (
          <>
            {" at "}
            <Instant at={at} clock />
          </>
        )}
      </p>
    )}
    {surface === null ? null : (
      <p className={styles.note}>
        <OutboundLink url={surface} />
      </p>
    )}
  </>
);

const Step = ({ stage }: { stage: Stage }) => (
  <li className={styles.step} data-state={stage.state}>
    <span className={styles.mark}>
      <Icon name={STATE[stage.state].icon} size={13} />
    </span>
    <div className={styles.words}>
      <p className={styles.name}>
        {stage.stage} <span className={styles.state}>{STATE[stage.state].word}</span>
      </p>
      <Seen stage={stage} />
      {stage.detail === null ? null : (
        <p className={styles.detail}>
          <Text>{stage.detail}</Text>
        </p>
      )}
      {stage.measured.length === 0 ? null : (
        <ul className={styles.note} aria-label={`Measured of ${stage.stage}`}>
          {stage.measured.map(({ name, value }) => (
            <li key={name}>
              <Text>{measuredName(name)}</Text>{" "}
              <b>
                <Text>{factText(name, value)}</Text>
              </b>
            </li>
          ))}
        </ul>
      )}
      {stage.state === "passed" && stage.expires_at !== null ? (
        <p className={styles.note}>
          counts until <Instant at={stage.expires_at} />
        </p>
      ) : null}
    </div>
  </li>
);

export const StageStepper = ({ stages }: { stages: readonly Stage[] }) => (
  <ol className={styles.steps} aria-label="Stages of the run">
    {stages.map((stage) => (
      <Step key={stage.stage} stage={stage} />
    ))}
  </ol>
);
