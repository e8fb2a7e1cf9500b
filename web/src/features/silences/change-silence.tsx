// End a silence now, or let it last longer.
import { NativeSelect } from "@mantine/core";
import { useState } from "react";

import { useEndSilence, useExtendSilence } from "@/api/change-silence";
import type { Silence } from "@/api/contract";
import { Asking } from "@/ui/asking";
import { Form } from "@/ui/form";
import { useYourName, YourNameInput } from "@/ui/your-name";

import { after, LASTING, LASTING_DEFAULT } from "./lasting";

interface Props {
  silence: Silence;
  onClose: () => void;
}

const EndForm = ({ silence, onClose }: Props) => {
  const name = useYourName();
  const end = useEndSilence(silence.id);
  const submit = (): void => {
    name.keep();
    end.mutate({ by: name.by }, { onSuccess: onClose });
  };
  return (
    <Form label="End this silence" submit="End it now" ready={name.by !== ""} busy={end.isPending} error={end.error} onSubmit={submit} onCancel={onClose} takesFocus>
      <YourNameInput name={name} description="What is still open is told then." />
    </Form>
  );
};

const ExtendForm = ({ silence, onClose }: Props) => {
  const name = useYourName();
  const [longer, setLonger] = useState(LASTING_DEFAULT);
  const extend = useExtendSilence(silence.id);
  const submit = (): void => {
    name.keep();
    extend.mutate({ by: name.by, ends_at: after(Date.parse(silence.ends_at), longer) }, { onSuccess: onClose });
  };
  return (
    <Form label="Let this silence last longer" submit="Let it last" ready={name.by !== ""} busy={extend.isPending} error={extend.error} onSubmit={submit} onCancel={onClose} takesFocus>
      <NativeSelect label="How much longer" data={LASTING} value={longer} onChange={(event) => setLonger(event.currentTarget.value)} size="sm" />
      <YourNameInput name={name} description="Written into the audit log." />
    </Form>
  );
};

export const ChangeSilence = ({ silence }: { silence: Silence }) =>
  silence.state === "expired" ? null : (
    <>
      <Asking label="Extend…">{(leave) => <ExtendForm silence={silence} onClose={leave} />}</Asking>
      <Asking label="End…">{(leave) => <EndForm silence={silence} onClose={leave} />}</Asking>
    </>
  );
