// Labels and typed lines in, matchers as Alertmanager writes them out.

/** `service="answers"`, with what would end the text escaped. */
export const matchersOf = (labels: readonly (readonly [string, string])[]): string[] =>
  labels.map(([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`);

/** One a line; empty lines are none. */
export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
