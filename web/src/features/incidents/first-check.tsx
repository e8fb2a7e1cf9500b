// What to look at first, and where the rest of the steps are.
import { Icon } from "@/ui/icon";
import { OutboundLink } from "@/ui/outbound-link";
import { Text } from "@/ui/text";

import styles from "./first-check.module.css";

interface Props {
  check: string | null | undefined;
  runbook: string | null | undefined;
}

export const FirstCheck = ({ check, runbook }: Props) => (
  <section aria-labelledby="first-check" className={styles.check}>
    <h2 id="first-check" className={styles.title}>
      <Icon name="tick" size={13} /> First check
    </h2>
    <p className={styles.text}>
      {check ? <Text>{check}</Text> : "No first check is written for this. Add one to the policy or the promise."}
    </p>
    {runbook ? (
      <p className={styles.runbook}>
        Then the runbook: <OutboundLink url={runbook} />
      </p>
    ) : (
      <p className={styles.runbook}>No runbook is linked.</p>
    )}
  </section>
);
