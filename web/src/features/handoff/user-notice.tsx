// A draft of what users may be told; it claims no more than what is known.
import { Button, CopyButton } from "@mantine/core";

import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import styles from "./user-notice.module.css";

export const UserNotice = ({ text }: { text: string }) => (
  <Section title="What users may be told" side="a draft">
    <p className={styles.notice}>
      <Text>{text}</Text>
    </p>
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-sm" variant="default" onClick={copy}>
          {copied ? "Copied" : "Copy the draft"}
        </Button>
      )}
    </CopyButton>
  </Section>
);
