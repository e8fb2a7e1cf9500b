// A unified diff in; its lines, each with what became of it, out. Names of files are left out: there are none.

export interface DiffLine {
  sign: "added" | "removed" | "place" | "same";
  text: string;
}

const signOf = (line: string): DiffLine["sign"] => {
  if (line.startsWith("@@")) return "place";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
};

/** The two header lines come first or not at all, so a removed line that begins with `--` is still a line. */
export const diffLines = (diff: string): DiffLine[] => {
  const lines = diff === "" ? [] : diff.split("\n");
  const body = lines[0]?.startsWith("--- ") && lines[1]?.startsWith("+++ ") ? lines.slice(2) : lines;
  return body.map((text) => ({ sign: signOf(text), text }));
};
