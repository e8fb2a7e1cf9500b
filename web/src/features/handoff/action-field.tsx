// One value of an action, asked for by its type.
import { NativeSelect, Textarea, TextInput } from "@mantine/core";

import type { ActionView } from "@/api/contract";
import { Check } from "@/ui/form";

import { mayBeEmpty, type Parameter } from "./action-values";

interface Props {
  action: ActionView;
  parameter: Parameter;
  value: string | boolean | undefined;
  onChange: (value: string | boolean) => void;
  error: string | null;
}

const itemsHint = (action: ActionView): string =>
  action.kind === "retry" ? "Item ids, one a line. Left empty: all that are left to do." : "Item ids, one a line.";

export const ActionField = ({ action, parameter, value, onChange, error }: Props) => {
  const { name, type, choices, chars_max } = parameter;
  const text = typeof value === "string" ? value : "";
  const required = !mayBeEmpty(action, parameter);
  if (type === "boolean") return <Check label={name} checked={value === true} onChange={onChange} />;
  const shared = { label: name, value: text, required, error, size: "sm" } as const;
  if (choices.length > 0) {
    const data = [{ value: "", label: required ? "Choose one" : "None" }, ...choices];
    return <NativeSelect {...shared} data={data} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
  if (type === "items") {
    return <Textarea {...shared} description={itemsHint(action)} rows={3} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
  const limits = type === "integer" ? { inputMode: "numeric" as const } : { maxLength: chars_max };
  return <TextInput {...shared} {...limits} onChange={(event) => onChange(event.currentTarget.value)} />;
};
