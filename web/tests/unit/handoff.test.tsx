import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import type { ActionRecord, ActionView } from "@/api/contract";
import { canBeTakenBack } from "@/features/handoff/action-history";
import { complaint, given, typedAs } from "@/features/handoff/action-values";
import { ConfidenceBoundary } from "@/features/handoff/confidence-boundary";
import { RetrySafety } from "@/features/handoff/retry-safety";
import { drilled } from "@/features/incidents/drilled";
import { sentence } from "@/lib/sentence";

import { handoffs } from "../fixture/handoffs.mjs";
import { show, text } from "./on-screen";

const known = handoffs.inc_01jw8pz0c2batch;
const [retry] = known?.actions ?? [];
const [held] = known?.history ?? [];
if (!known || !retry || !held) throw new Error("the fixture has actions and a history");

const parameterOf = (action: ActionView, name: string) => {
  const found = action.parameters.find((each) => each.name === name);
  if (!found) throw new Error(`the fixture has no parameter ${name}`);
  return found;
};

test("typed values reach the API with their types, and what is empty is left out", () => {
  const typed = { items: " cust 1 \n\ncust-2\r\n", speed: "gentle", attempts: " 3 ", dry_run: true };
  expect(given(retry.parameters, typed)).toEqual({ items: ["cust 1", "cust-2"], speed: "gentle", attempts: 3, dry_run: true });
  expect(given(retry.parameters, { speed: "full", items: " \n", attempts: "" })).toEqual({ speed: "full", dry_run: false });
});

test("a checkbox nobody touched is a no, because a required value that is left out would be refused", () => {
  expect(given([{ ...parameterOf(retry, "dry_run"), required: true }], {})).toEqual({ dry_run: false });
});

test("values that an action doesn't take are never sent", () => {
  expect(given([parameterOf(retry, "speed")], { speed: "full", note: "x" })).toEqual({ speed: "full" });
});

test("items of a retry may stay empty, those of anything else may not", () => {
  const items = parameterOf(retry, "items");
  expect(complaint(retry, items, "")).toBeNull();
  expect(complaint({ ...retry, kind: "suppress" }, items, " \n ")).toBe("A value is needed.");
});

test.each([
  ["", "nothing"],
  ["12", "nothing"],
  ["-1", "nothing"],
  ["1.5", "a complaint"],
  ["1e3", "a complaint"],
  ["many", "a complaint"],
  ["9007199254740993", "a complaint"],
])("the whole number %j gets %s", (typed, what) => {
  const found = complaint(retry, parameterOf(retry, "attempts"), typed);
  expect(found === null ? "nothing" : "a complaint").toBe(what);
});

test("what takes an act back begins with the values of that act", () => {
  expect(typedAs({ parameters: { items: ["a", "b"], attempts: 3, dry_run: false, note: "x" } })).toEqual({
    items: "a\nb",
    attempts: "3",
    dry_run: false,
    note: "x",
  });
});

test.each<[Partial<ActionRecord>, boolean]>([
  [{}, true],
  [{ state: "unknown" }, true],
  [{ state: "failed" }, false],
  [{ state: "running" }, false],
  [{ undone_by: "act_2" }, false],
  [{ undo: null }, false],
  [{ undo: "not-declared-any-more" }, false],
])("an act that is %j can be taken back: %s", (over, can) => {
  expect(canBeTakenBack({ ...held, ...over }, ["release-page"])).toBe(can);
});

test.each([
  ["safe", "Safe to do again"],
  ["safe_for_items", "Safe for these items only"],
  ["unsafe", "Do not do it again"],
  ["unknown", "check first"],
] as const)("the verdict %s reads %s", async (verdict, words) => {
  await show(<RetrySafety retry={{ verdict, reason: "because of this", check_first: null, item_ids: [], item_count: 0 }} />);
  expect(text()).toContain(words);
  expect(text()).toContain("Because of this.");
  expect(text()).not.toContain("Check first:");
});

test("what nobody counted isn't shown as zero, and zero isn't shown as unknown", async () => {
  if (!known.boundary) throw new Error("the fixture has a boundary");
  await show(<ConfidenceBoundary boundary={known.boundary} />);
  expect(text()).toContain("Known good0no item is proven");
  expect(text()).toContain("Unaffectednot counted");
});

test("a boundary names its ids, and how many more there are", async () => {
  const boundary = handoffs.inc_01jw9items?.boundary;
  if (!boundary) throw new Error("the fixture has a boundary by item");
  await show(<ConfidenceBoundary boundary={boundary} />);
  const [first] = screen.getAllByRole("button", { name: "which items" });
  first?.click();
  expect((await screen.findByRole("list", { name: "Ids of known good items" })).children).toHaveLength(100);
  expect(text()).toContain("and 25 more");
});

test("a clause becomes a sentence, and a name at its beginning stays as it is written", () => {
  expect(sentence("nobody can tell")).toBe("Nobody can tell");
  expect(sentence("run letters-89: late")).toBe("Run letters-89: late");
  expect(sentence("nightly-digests is not declared")).toBe("nightly-digests is not declared");
  expect(sentence("")).toBe("");
});

test("the mark of a drill is told apart from its title", () => {
  expect(drilled("[drill] nightly: late")).toEqual({ drill: true, title: "nightly: late" });
  expect(drilled("a [drill] in the middle")).toEqual({ drill: false, title: "a [drill] in the middle" });
});
