// Who would be told of an incident with given labels, and why. What was asked is in the address.
import { NativeSelect, Textarea } from "@mantine/core";
import { useState } from "react";

import type { RoutePreview } from "@/api/contract";
import { linesOf } from "@/lib/matcher-text";
import { sentence } from "@/lib/sentence";
import { Banner } from "@/ui/banner";
import { Form } from "@/ui/form";
import { Instant } from "@/ui/instant";
import { Text } from "@/ui/text";

import styles from "./routes.module.css";
import { Steps } from "./steps";

const SEVERITIES = ["critical", "warning", "info"];
const SEVERITY = "severity=";

interface AskProps {
  /** Labels as `name=value`. */
  asked: readonly string[];
  onAsk: (labels: string[]) => void;
  busy: boolean;
  error: Error | null;
}

export const AskWhoIsTold = ({ asked, onAsk, busy, error }: AskProps) => {
  const [severity, setSeverity] = useState(asked.find((label) => label.startsWith(SEVERITY))?.slice(SEVERITY.length) ?? "critical");
  const [text, setText] = useState(asked.filter((label) => !label.startsWith(SEVERITY)).join("\n"));
  return (
    <Form label="Ask who would be told" submit="Who would be told?" ready busy={busy} error={error} onSubmit={() => onAsk([`${SEVERITY}${severity}`, ...linesOf(text)])}>
      <NativeSelect label="Severity" data={SEVERITIES} value={severity} onChange={(event) => setSeverity(event.currentTarget.value)} size="sm" />
      <Textarea label="Other labels" description="One a line, such as service=answers or policy=unsafe-claims." value={text} onChange={(event) => setText(event.currentTarget.value)} autosize minRows={2} maxRows={8} spellCheck={false} size="sm" />
    </Form>
  );
};

export const WhoIsTold = ({ preview: { at, told, ways, held_back } }: { preview: RoutePreview }) => (
  <div className={styles.ways} role="status">
    {held_back === null ? (
      <p className={styles.told}>
        {told.length === 0 ? "Nobody would be told: no route takes it to a channel." : <>Told: <Text>{told.join(", ")}</Text></>}
      </p>
    ) : (
      <Banner tone="warning" icon="dash" title={<>Nobody would be told now: held back by {held_back.kind.replaceAll("_", " ")} <Text>{held_back.by}</Text></>}>
        <p>
          <Text>{sentence(held_back.reason)}</Text>
          {held_back.until === null ? null : <>, until <Instant at={held_back.until} /></>}
        </p>
      </Banner>
    )}
    <ul>
      {ways.map((way) => (
        <li key={way.path}>
          <b><Text>{way.path}</Text></b> <Steps way={way} /> <span className="quiet">Why: <Text>{way.why}</Text>.</span>
        </li>
      ))}
    </ul>
    <p className="quiet">As of <Instant at={at} />.</p>
  </div>
);
