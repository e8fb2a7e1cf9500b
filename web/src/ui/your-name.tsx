// Who acts: asked for by every form that leaves a trace, and remembered for the next night.
import { TextInput } from "@mantine/core";
import { useState } from "react";

import { remember, remembered } from "@/lib/remembered";

const NAME_CHARS_MAX = 80;

export interface YourName {
  /** Without spaces around it; empty while nobody said. */
  by: string;
  typed: string;
  type: (text: string) => void;
  keep: () => void;
}

export const useYourName = (): YourName => {
  const [typed, type] = useState(() => remembered("name"));
  const by = typed.trim();
  return { by, typed, type, keep: () => remember("name", by) };
};

interface Props {
  name: YourName;
  /** Where it will be read. */
  description: string;
  autoFocus?: boolean;
}

export const YourNameInput = ({ name, description, autoFocus = false }: Props) => (
  <TextInput
    label="Your name"
    description={description}
    value={name.typed}
    onChange={(event) => name.type(event.currentTarget.value)}
    maxLength={NAME_CHARS_MAX}
    autoComplete="name"
    autoFocus={autoFocus}
    required
    size="sm"
  />
);
