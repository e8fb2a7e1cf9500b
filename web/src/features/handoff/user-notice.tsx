// A draft of what users may be told; it claims no more than what is known.
import { Button, CopyButton } from "@mantine/core";

import { Text } from "@/ui/text";

import styles from "./handoff.module.css";

export const UserNotice = ({ text }: { text: string }) => (
  <div className={styles.part}>
    <blockquote className={styles.notice}>
      <Text>{text}</Text>
    </blockquote>
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-sm" variant="default" onClick={copy}>
          {copied ? "Copied" : "Copy the draft"}
        </Button>
      )}
    </CopyButton>
  </div>
);
