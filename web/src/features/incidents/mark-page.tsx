// What the page was worth: said by a responder, also from a link in a message. Opening the link changes nothing; the form does.
import { Textarea } from "@mantine/core";
import { useState } from "react";

import type { Marks, PageMark } from "@/api/contract";
import { PAGE_MARKS, useMarkPage } from "@/api/mark-page";
import { Asking } from "@/ui/asking";
import { Stack } from "@/ui/columns";
import { Choice, Form } from "@/ui/form";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";
import { useYourName, YourNameInput } from "@/ui/your-name";

import { MARK_WORDS } from "./mark-words";

const NOTE_CHARS_MAX = 500;

interface Props {
  id: string;
  marks: Marks["marks"];
  /** What a link in a message asks to confirm. */
  asked: PageMark | undefined;
  /** Once it is said, or left. */
  onAnswered: () => void;
}

const MarkForm = ({ id, asked, onClose }: { id: string; asked: PageMark | undefined; onClose: () => void }) => {
  const name = useYourName();
  const [mark, setMark] = useState<string>(asked ?? "");
  const [note, setNote] = useState("");
  const marking = useMarkPage(id);
  const chosen = PAGE_MARKS.find((each) => each === mark);
  const submit = (): void => {
    if (!chosen) return;
    name.keep();
    marking.mutate({ mark: chosen, by: name.by, note: note.trim() }, { onSuccess: onClose });
  };
  return (
    <Form
      label="Say what the page was worth"
      submit={chosen ? `Mark it: ${MARK_WORDS[chosen].word}` : "Mark it"}
      ready={chosen !== undefined && name.by !== ""}
      busy={marking.isPending}
      error={marking.error}
      onSubmit={submit}
      onCancel={onClose}
      takesFocus
    >
      <Choice
        legend="It was"
        choices={PAGE_MARKS.map((each) => ({ value: each, label: MARK_WORDS[each].word, description: MARK_WORDS[each].means }))}
        value={mark}
        onChange={setMark}
      />
      <Textarea label="Note" description="May stay empty." value={note} onChange={(event) => setNote(event.currentTarget.value)} maxLength={NOTE_CHARS_MAX} size="sm" />
      <YourNameInput name={name} description="Shown with the mark." />
    </Form>
  );
};

const Said = ({ marks }: Pick<Props, "marks">) => {
  const [newest, ...older] = marks;
  if (!newest) return <p className="quiet">Nobody has said yet. What is marked decides which policies keep waking people.</p>;
  return (
    <p>
      Marked <b>{MARK_WORDS[newest.mark].word}</b> by <Text>{newest.by}</Text> <TimeAgo at={newest.at} />
      {newest.note === "" ? null : <>: <Text>{newest.note}</Text></>}
      {older.length === 0 ? null : <span className="quiet"> (the newest word counts; {older.length} before it)</span>}
    </p>
  );
};

export const MarkPage = ({ id, marks, asked, onAnswered }: Props) => (
  <Section title="Was this page worth it?">
    <Stack>
      <Said marks={marks} />
      {asked === undefined ? (
        <Asking label={marks.length === 0 ? "Mark it…" : "Mark it again…"}>{(leave) => <MarkForm id={id} asked={undefined} onClose={leave} />}</Asking>
      ) : (
        <MarkForm key={asked} id={id} asked={asked} onClose={onAnswered} />
      )}
    </Stack>
  </Section>
);
