// One declared action: what it takes, what it would do, and only then the doing.
import { useEffect, useRef, useState } from "react";

import type { ActionRecord, ActionView } from "@/api/contract";
import { usePreviewAction, type ActionValues } from "@/api/preview-action";
import { Form } from "@/ui/form";
import { Loading } from "@/ui/loading";

import { ActionConfirm } from "./action-confirm";
import { ActionField } from "./action-field";
import { complaint, given, type Typed } from "./action-values";

interface Props {
  incidentId: string;
  action: ActionView;
  /** Values to begin with: those of the act that this one takes back. */
  typed: Typed;
  history: readonly ActionRecord[];
  onClose: () => void;
}

export const ActionForm = ({ incidentId, action, typed: begun, history, onClose }: Props) => {
  const [typed, setTyped] = useState<Typed>(begun);
  const [checked, setChecked] = useState(false);
  const [values, setValues] = useState<ActionValues | null>(null);
  const preview = usePreviewAction(incidentId, action.name);
  const { mutate } = preview;
  const nothingToAsk = action.parameters.length === 0;
  const asked = useRef(false);

  const ask = (wanted: ActionValues): void => {
    setValues(wanted);
    mutate(wanted);
  };
  const submit = (): void => {
    setChecked(true);
    if (action.parameters.every((parameter) => complaint(action, parameter, typed[parameter.name]) === null)) ask(given(action.parameters, typed));
  };
  useEffect(() => {
    if (!nothingToAsk || asked.current) return;
    asked.current = true;
    setValues({});
    mutate({});
  }, [nothingToAsk, mutate]);

  if (values !== null && preview.data) {
    return (
      <ActionConfirm
        incidentId={incidentId}
        action={action}
        values={values}
        preview={preview.data}
        history={history}
        onRefused={() => ask(values)}
        onBack={nothingToAsk ? onClose : preview.reset}
        onClose={onClose}
      />
    );
  }
  if (nothingToAsk && !preview.isError) return <Loading what="what it would do" rows={1} />;
  return (
    <Form
      label={`Prepare ${action.name}`}
      submit={nothingToAsk ? "Try again" : "Show what it would do"}
      ready
      busy={preview.isPending}
      error={preview.error}
      onSubmit={submit}
      onCancel={onClose}
      takesFocus
    >
      {action.parameters.map((parameter) => (
        <ActionField
          key={parameter.name}
          action={action}
          parameter={parameter}
          value={typed[parameter.name]}
          onChange={(value) => setTyped({ ...typed, [parameter.name]: value })}
          error={checked ? complaint(action, parameter, typed[parameter.name]) : null}
        />
      ))}
    </Form>
  );
};
