// The import direction of the UI as a lint rule: lib → api → ui, charts → features/<noun> → pages → app.
/** @type {Record<string, number>} */
const LEVELS = { lib: 0, api: 1, ui: 2, charts: 2, features: 3, pages: 4, app: 5 };

// Links need addresses everywhere, and addresses are written in one file; it imports nothing.
const OPEN_TO_ALL = new Set(["app/paths"]);

/** The room of a path below src: its folder, or its noun for a feature ("features/incidents"). @param {string} path */
const room = (path) => {
  const [folder = "", second] = path.split("/");
  return folder === "features" ? `${folder}/${second}` : folder;
};

/** Why this import is not allowed, or null when it is. @param {string} importer @param {string} source */
export const complaint = (importer, source) => {
  if (source.startsWith("../")) return `write "@/…" instead of "${source}": parent paths hide the direction`;
  if (!source.startsWith("@/")) return null;
  const target = source.slice(2);
  if (OPEN_TO_ALL.has(target)) return null;
  const [from, to] = [room(importer), room(target)];
  if (from === to) return `write "./…" for a file of the same folder instead of "${source}"`;
  const level = (/** @type {string} */ name) => LEVELS[name.split("/")[0] ?? ""];
  const [fromLevel = -1, toLevel] = [level(from), level(to)];
  if (toLevel === undefined) return `"${source}" is in no known folder: ${Object.keys(LEVELS).join(", ")}`;
  if (toLevel >= fromLevel) return `${from} may not import ${to}: data flows ${Object.keys(LEVELS).join(" → ")}`;
  return null;
};

/** @type {import("eslint").Rule.RuleModule} */
export const direction = {
  meta: { type: "problem", schema: [], messages: { direction: "{{ why }}" } },
  create(context) {
    const importer = context.filename.replaceAll("\\", "/").split("/src/").at(-1) ?? "";
    const look = (/** @type {any} */ node) => {
      if (typeof node.source?.value !== "string") return;
      const why = complaint(importer, node.source.value);
      if (why) context.report({ node, messageId: "direction", data: { why } });
    };
    return { ImportDeclaration: look, ImportExpression: look, ExportAllDeclaration: look, ExportNamedDeclaration: look };
  },
};
