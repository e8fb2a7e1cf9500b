// Try a policy on history, before it wakes anybody: what kind of trial, on how much, and as it is written or as it might be.
import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import type { TrialKind } from "@/api/contract";
import { useStartTrial } from "@/api/start-trial";
import { paths } from "@/app/paths";
import { Asking } from "@/ui/asking";
import { Form } from "@/ui/form";
import { useYourName, YourNameInput } from "@/ui/your-name";

const RANGES = [
  { value: String(7 * 24 * 60), label: "the last 7 days" },
  { value: String(14 * 24 * 60), label: "the last 14 days" },
  { value: String(28 * 24 * 60), label: "the last 28 days" },
];
const RANGE_DEFAULT = String(28 * 24 * 60);
const EXAMPLE = "name: slow-first-token\nseverity: warning\nowner: platform\nwhen: ttft_p95 > 500ms\nwindow: 5m\nmin_answers: 200\nno_data: keep\nfirst_check: Look at the queue of the model server.";
const TEXT_CHARS_MAX = 65_536;

const WORDS: Readonly<Record<TrialKind, { label: string; submit: string }>> = {
  backtest: { label: "Backtest it…", submit: "Replay history" },
  calibration: { label: "Calibrate its limit…", submit: "Try limits" },
};

interface Props {
  policy: string;
  kind: TrialKind;
  /** What its file says now, to start from. */
  written: string | null;
}

const TrialForm = ({ policy, kind, written, onClose }: Props & { onClose: () => void }) => {
  const name = useYourName();
  const [minutes, setMinutes] = useState(RANGE_DEFAULT);
  const [text, setText] = useState(written ?? "");
  const [allowed, setAllowed] = useState("");
  const start = useStartTrial(policy);
  const navigate = useNavigate();
  const perWeek = Number(allowed.replace(",", "."));
  const changed = text.trim() !== "" && text.trim() !== (written ?? "").trim();
  const submit = (): void => {
    name.keep();
    start.mutate(
      { kind, by: name.by, minutes: Number(minutes), text: changed ? text : null, allowedPerWeek: allowed.trim() === "" ? null : perWeek },
      {
        onSuccess: (trial) => {
          onClose();
          // The text may be of another policy than the one it was typed beside.
          if (trial.policy !== policy) void navigate({ to: paths.policy, params: { name: trial.policy } });
        },
      },
    );
  };
  return (
    <Form
      label={WORDS[kind].label.replace("…", "")}
      submit={WORDS[kind].submit}
      ready={name.by !== "" && perWeek >= 0}
      busy={start.isPending}
      error={start.error}
      onSubmit={submit}
      onCancel={onClose}
      takesFocus
    >
      <NativeSelect label="On which history" data={RANGES} value={minutes} onChange={(event) => setMinutes(event.currentTarget.value)} size="sm" />
      {kind === "calibration" ? (
        <TextInput
          label="False alarms you would put up with in a week"
          description="Such as 0.5; empty: as few as the server thinks right."
          value={allowed}
          onChange={(event) => setAllowed(event.currentTarget.value)}
          error={perWeek >= 0 ? undefined : "Expected a number such as 0.5"}
          inputMode="decimal"
          size="sm"
        />
      ) : null}
      <Textarea
        label="The policy to try"
        description="Change it to try it before it is in force. Nothing here changes the files."
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maxLength={TEXT_CHARS_MAX}
        placeholder={EXAMPLE}
        autosize
        minRows={3}
        maxRows={14}
        spellCheck={false}
        size="sm"
      />
      <YourNameInput name={name} description="Written into the audit log." />
    </Form>
  );
};

export const StartTrial = (props: Props) => <Asking label={WORDS[props.kind].label}>{(leave) => <TrialForm {...props} onClose={leave} />}</Asking>;
