// What a responder typed in, the values the API takes out: numbers as numbers, items as a list, nothing for what is empty.
import type { ActionRecord, ActionView } from "@/api/contract";
import type { ActionValues } from "@/api/preview-action";

export type Parameter = ActionView["parameters"][number];
/** As typed, by the name of the parameter; a checkbox is true or false. */
export type Typed = Readonly<Record<string, string | boolean>>;

const WHOLE = /^[+-]?\d+$/;

const ids = (text: string): string[] =>
  text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");

/** Items may stay empty for a retry: the server fills in what retry safety names. */
export const mayBeEmpty = (action: ActionView, { type, required }: Parameter): boolean =>
  !required || (type === "items" && action.kind === "retry");

/** What is wrong with one typed value, in a sentence; null when nothing is. */
export const complaint = (action: ActionView, parameter: Parameter, typed: string | boolean | undefined): string | null => {
  if (parameter.type === "boolean") return null;
  const text = typeof typed === "string" ? typed.trim() : "";
  if (text === "") return mayBeEmpty(action, parameter) ? null : "A value is needed.";
  if (parameter.type === "integer" && !(WHOLE.test(text) && Number.isSafeInteger(Number(text)))) return "Expected a whole number.";
  return null;
};

/** The values as the API takes them. */
export const given = (parameters: readonly Parameter[], typed: Typed): ActionValues => {
  const values: Record<string, string | number | boolean | string[]> = {};
  for (const { name, type } of parameters) {
    const value = typed[name] ?? "";
    if (type === "boolean") values[name] = value === true;
    else if (typeof value !== "string" || value.trim() === "") continue;
    else if (type === "integer") values[name] = Number(value.trim());
    else values[name] = type === "items" ? ids(value) : value;
  }
  return values;
};

/** The values of an earlier act, as they would be typed: what takes it back is about the same things. */
export const typedAs = ({ parameters }: Pick<ActionRecord, "parameters">): Typed =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === "boolean" ? value : Array.isArray(value) ? value.join("\n") : String(value),
    ]),
  );
