// Silence something: what, until when, who and why; with what it covers, before it is made.
import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useMakeSilence } from "@/api/change-silence";
import { silencePreviewQuery } from "@/api/preview-silence";
import { linesOf } from "@/lib/matcher-text";
import { useNow } from "@/lib/use-now";
import { instantTyped } from "@/lib/utc-input";
import { Form } from "@/ui/form";
import { Text } from "@/ui/text";
import { useYourName, YourNameInput } from "@/ui/your-name";

import { Coverage } from "./coverage";
import { after, LASTING, LASTING_DEFAULT } from "./lasting";
import styles from "./silences.module.css";

const REASON_CHARS_MAX = 500;
const TYPING_MS = 400;

const Covered = ({ matchers }: { matchers: readonly string[] }) => {
  const preview = useQuery(silencePreviewQuery(matchers));
  if (matchers.length === 0) return <p className="quiet">What it covers is shown here before you make it.</p>;
  if (preview.isError) return <p className={styles.wrong} role="alert"><Text>{preview.error.message}</Text></p>;
  return preview.data === undefined ? <p className="quiet">Looking at what it covers…</p> : <Coverage preview={preview.data} />;
};

interface Props {
  /** Filled in, from the incident it is about. */
  matchers: readonly string[];
  onClose: () => void;
}

export const MakeSilence = ({ matchers: given, onClose }: Props) => {
  const name = useYourName();
  const now = useNow();
  const [text, setText] = useState(given.join("\n"));
  const [reason, setReason] = useState("");
  const [lasts, setLasts] = useState(LASTING_DEFAULT);
  const [starts, setStarts] = useState("");
  const [settled] = useDebouncedValue(text, TYPING_MS);
  const make = useMakeSilence();
  const matchers = linesOf(text);
  const startsAt = starts.trim() === "" ? null : instantTyped(starts);
  const mistyped = starts.trim() !== "" && startsAt === null;
  const submit = (): void => {
    name.keep();
    make.mutate(
      { matchers, by: name.by, reason: reason.trim(), starts_at: startsAt, ends_at: after(startsAt === null ? now : Date.parse(startsAt), lasts) },
      { onSuccess: onClose },
    );
  };
  return (
    <Form
      label="Make a silence"
      submit="Silence it"
      ready={name.by !== "" && matchers.length > 0 && reason.trim() !== "" && !mistyped}
      busy={make.isPending}
      error={make.error}
      onSubmit={submit}
      onCancel={onClose}
      takesFocus
    >
      <Textarea
        label="What nobody is to be told of"
        description={'One matcher a line; all must hold: service="answers", severity=~"warning|info", policy!="unsafe-claims".'}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        required
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        size="sm"
      />
      <Covered matchers={linesOf(settled)} />
      <NativeSelect label="For how long" data={LASTING} value={lasts} onChange={(event) => setLasts(event.currentTarget.value)} size="sm" />
      <TextInput
        label="From when, UTC"
        description="Such as 2026-11-21 03:00; empty: from now on."
        value={starts}
        onChange={(event) => setStarts(event.currentTarget.value)}
        error={mistyped ? "Expected a time such as 2026-11-21 03:00" : undefined}
        size="sm"
      />
      <Textarea label="Why" description="Shown on every incident it holds back." value={reason} onChange={(event) => setReason(event.currentTarget.value)} maxLength={REASON_CHARS_MAX} required size="sm" />
      <YourNameInput name={name} description="Shown with the silence." />
    </Form>
  );
};
