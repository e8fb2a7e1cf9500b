// The four stages of a run in their order: what each proof said, who observed it and when.
import type { Stage } from "@/api/contract";

import { Icon, type IconName } from "./icon";
import { Instant } from "./instant";
import styles from "./stage-stepper.module.css";
import { Text } from "./text";

const STATE: Readonly<Record<Stage["state"], { icon: IconName; word: string }>> = {
  passed: { icon: "tick", word: "passed" },
  failed: { icon: "cross", word: "failed" },
  missing: { icon: "question", word: "no proof" },
  not_required: { icon: "dash", word: "not required" },
};

const OBSERVER: Readonly<Record<NonNullable<Stage["observer"]>, string>> = {
  job: "seen by the job itself",
  independent: "seen by an independent checker",
  probe: "seen by Outproof's probe",
};

const Step = ({ stage }: { stage: Stage }) => (
  <li className={styles.step} data-state={stage.state}>
    <span className={styles.mark}>
      <Icon name={STATE[stage.state].icon} size={13} />
    </span>
    <div className={styles.words}>
      <p className={styles.name}>
        {stage.stage} <span className={styles.state}>{STATE[stage.state].word}</span>
      </p>
      {stage.observer ? (
        <p className={styles.note}>
          {OBSERVER[stage.observer]}
          {stage.at ? (
            <>
              {" at "}
              <Instant at={stage.at} clock />
            </>
          ) : null}
        </p>
      ) : null}
      {stage.detail ? (
        <p className={styles.detail}>
          <Text>{stage.detail}</Text>
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
