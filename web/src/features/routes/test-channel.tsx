// Send a plain test the way that pages go; what came of it is seen in the channel's own line.
import { Button } from "@mantine/core";

import { useTestChannel } from "@/api/test-channel";
import { Text } from "@/ui/text";

import styles from "./routes.module.css";

export const TestChannel = ({ channel }: { channel: string }) => {
  const test = useTestChannel(channel);
  return (
    <div className={styles.test}>
      <Button size="xs" variant="default" loading={test.isPending} onClick={() => test.mutate()} aria-label={`Send a test to ${channel}`}>
        Send a test
      </Button>
      <span role="status">
        {test.isSuccess ? (test.data.queued ? "On its way; the proof above gets younger once it is accepted." : "Another test is on its way.") : null}
        {test.isError ? <span className={styles.wrong}><Text>{test.error.message}</Text></span> : null}
      </span>
    </div>
  );
};
