// A note on the timeline: what somebody found out, for whoever comes next.
import { Textarea } from "@mantine/core";
import { useState } from "react";

import { useNoteIncident } from "@/api/change-incident";
import { Asking } from "@/ui/asking";
import { Form } from "@/ui/form";
import { useYourName, YourNameInput } from "@/ui/your-name";

const NOTE_CHARS_MAX = 2_000;

const NoteForm = ({ id, onClose }: { id: string; onClose: () => void }) => {
  const name = useYourName();
  const [text, setText] = useState("");
  const note = useNoteIncident(id);
  const submit = (): void => {
    name.keep();
    note.mutate({ by: name.by, text: text.trim() }, { onSuccess: onClose });
  };
  return (
    <Form
      label="Write a note"
      submit="Write it down"
      ready={name.by !== "" && text.trim() !== ""}
      busy={note.isPending}
      error={note.error}
      onSubmit={submit}
      onCancel={onClose}
      takesFocus
    >
      <Textarea
        label="What you found out"
        description="Stays on the timeline. Secrets and contact data in it are masked."
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maxLength={NOTE_CHARS_MAX}
        required
        autosize
        minRows={2}
        maxRows={10}
        size="sm"
      />
      <YourNameInput name={name} description="Shown with the note." />
    </Form>
  );
};

export const AddNote = ({ id }: { id: string }) => <Asking label="Write a note…">{(leave) => <NoteForm id={id} onClose={leave} />}</Asking>;
