import { screen } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";

import type { TraceSpan } from "@/api/contract";
import { askedOf, searchOf, withCondition, withoutCondition } from "@/features/traces/asked";
import { Decision } from "@/features/traces/decision";
import { Numbers } from "@/features/traces/numbers";
import { SpanCost } from "@/features/traces/span-cost";
import { SpanList } from "@/features/traces/span-list";
import { isTrouble, openRows, treeOf } from "@/features/traces/trace-tree";
import { FACT_GROUPS, parsed, saying, written } from "@/lib/condition";
import { forgotten, saved, savedLinks, SAVED_MAX } from "@/lib/saved-links";
import { reading, writing } from "@/lib/search-text";

import { detailOf, traces } from "../fixture/traces.mjs";
import { show, text } from "./on-screen";

const [delivery, agent, long] = traces;
if (!delivery || !agent || !long) throw new Error("the fixture has three traces");
const [answer] = delivery.spans;
if (!answer) throw new Error("the fixture has an answer");

const chained = (parents: readonly (number | null)[]): TraceSpan[] =>
  parents.map((parent, index) => ({ ...answer, span: { ...answer.span, span_id: `s${index}`, parent_span_id: parent === null ? null : `s${parent}` } }));

const shape = (spans: readonly TraceSpan[]) => treeOf(spans, []).map(({ item, depth, below }) => `${item.span.span_id}:${depth}:${below}`);

test("children stand below their parents in the order of their starts", () => {
  expect(shape(chained([null, 0, 1, 0, null]))).toEqual(["s0:0:3", "s1:1:1", "s2:2:0", "s3:1:0", "s4:0:0"]);
});

test("spans whose parents form a ring, or are missing, are shown all the same", () => {
  expect(shape(chained([1, 0, 2, 99])).map((row) => row.slice(0, 2)).sort()).toEqual(["s0", "s1", "s2", "s3"]);
  expect(treeOf(chained([99]), [])[0]?.orphan).toBe(true);
});

test("a chain of 10,000 spans does not exhaust the stack", () => {
  const rows = treeOf(chained(Array.from({ length: 10_000 }, (_, index) => (index === 0 ? null : index - 1))), []);
  expect(rows.at(-1)?.depth).toBe(9_999);
});

test("what hangs below a closed span is not shown, and trouble alone can be asked for", () => {
  const tree = treeOf(long.spans, []);
  expect(openRows(tree, new Set(), false)).toHaveLength(5_000);
  expect(openRows(tree, new Set([long.spans[0]?.span.span_id ?? ""]), false)).toHaveLength(1);
  expect(openRows(tree, new Set(), true).map(({ item }) => item.span.name)).toEqual(["step 4322"]);
  expect(treeOf(agent.spans, agent.loops).filter(isTrouble)).toHaveLength(6);
});

test("an answer that does not say its route is unverified, never safe", async () => {
  const detail = detailOf(delivery, { ...answer, span: { ...answer.span, route: null, unsafe_claim_served: null } });
  await show(<Decision detail={detail} />);
  expect(text()).toContain("Unverified");
  expect(text()).toContain("its route nor whether an unsafe claim was served");
});

test("each number names the attribute it was read from, and an unknown one says that nobody said", async () => {
  const call = delivery.spans[1] ?? answer;
  await show(<Numbers detail={detailOf(delivery, { ...call, span: { ...call.span, ttft_s: null } })} />);
  expect(text()).toContain("198gen_ai.usage.input_tokens");
  expect(text()).toContain("Time to first tokenunknownnobody said");
  expect(text()).toContain("read as otel_genai");
});

test("a price names its card, and what has no price says why instead of 0", async () => {
  await show(<SpanCost cost={detailOf(delivery, answer).cost} />);
  expect(text()).toContain("unknown");
  expect(text()).toContain("not a call of a model");
  expect(text()).not.toContain("$0");
});

test("duplicates and a gateway's own spans are listed as what they are", async () => {
  await show(<SpanList spans={delivery.spans.map(({ span }) => span)} />);
  for (const words of ["duplicate, not counted", "gateway, not counted", "unsafe claim served", "unverified", "TimeoutError", "attempt 2", "stream broken"]) {
    expect(text()).toContain(words);
  }
  expect(screen.getAllByRole("link", { name: "whole trace" })[0]?.getAttribute("href")).toContain(`/traces/${delivery.trace_id}?at=`);
});

test.each([
  ["route=abstain", "is abstain"],
  ["model!=a=b", "is not a=b"],
  ["segment=", "is unknown"],
  ["segment!=", "is known"],
  ["duration_s>=2", "at least 2 s"],
  ["failed=true", "yes"],
  ["quarantine!=", "has any"],
])("the condition %s reads '%s' and is written as it was", (condition, words) => {
  const found = parsed(condition);
  if (!found) throw new Error("expected a condition");
  expect(saying(found)).toBe(words);
  expect(written(found)).toBe(condition);
});

test("what is no condition is none", () => {
  expect(parsed("nonsense")).toBeNull();
  expect(parsed("Route=x")).toBeNull();
});

test("no fact is offered twice", () => {
  const names = FACT_GROUPS.flatMap(({ facts }) => facts.map(({ fact }) => fact));
  expect(new Set(names).size).toBe(names.length);
});

test("a view is its address: what is usual is left out, and conditions come and go", () => {
  const usual = askedOf({});
  expect(searchOf(usual)).toEqual({});
  const narrowed = withCondition(withCondition(usual, "route=abstain"), "route=abstain");
  expect(searchOf(narrowed)).toEqual({ where: ["route=abstain"] });
  expect(searchOf(withoutCondition(narrowed, "route=abstain"))).toEqual({});
});

test("conditions are repeated in an address, whatever they hold", () => {
  const write = writing((search) => (Object.keys(search).length > 0 ? `?${new URLSearchParams(search as Record<string, string>).toString()}` : ""));
  const read = reading((given) => Object.fromEntries(new URLSearchParams(given)));
  const search = { minutes: "60", where: ["route=a&b", "model=?#%", "segment="] };
  expect(write(search)).toBe("?minutes=60&where=route%3Da%26b&where=model%3D%3F%23%25&where=segment%3D");
  expect(read(write(search))).toEqual(search);
  expect(write({ where: ["a=b"] })).toBe("?where=a%3Db");
  expect(write({})).toBe("");
});

beforeEach(() => localStorage.clear());

test("saved views are kept by name, and a broken storage is an empty one", () => {
  saved({ name: "unsafe", search: "?where=a" });
  saved({ name: "unsafe", search: "?where=b" });
  expect(savedLinks()).toEqual([{ name: "unsafe", search: "?where=b" }]);
  expect(forgotten("unsafe")).toEqual([]);
  localStorage.setItem("outproof.saved-traces", '[{"name": 1}, "x", {"name": "ok", "search": ""}]');
  expect(savedLinks()).toEqual([{ name: "ok", search: "" }]);
  localStorage.setItem("outproof.saved-traces", "{");
  expect(savedLinks()).toEqual([]);
  for (let count = 0; count < SAVED_MAX + 5; count++) saved({ name: `view ${count}`, search: "" });
  expect(savedLinks()).toHaveLength(SAVED_MAX);
});
