import { describe, expect, test } from "vitest";

import { worstFirst, scopeText } from "@/features/policies/policy-words";
import { linesOf, matchersOf } from "@/lib/matcher-text";
import { reading, writing } from "@/lib/search-text";
import { instantTyped } from "@/lib/utc-input";

import { policies } from "../fixture/policies.mjs";

test("a label becomes a matcher that quotes and backslashes cannot leave", () => {
  expect(matchersOf([["service", "answers"]])).toEqual(['service="answers"']);
  expect(matchersOf([["policy", 'a"b\\c\nd']])).toEqual([String.raw`policy="a\"b\\c\nd"`]);
});

test("lines are trimmed, and empty ones are none", () => {
  expect(linesOf(' a="1" \n\n b="2"')).toEqual(['a="1"', 'b="2"']);
});

describe("a time somebody types", () => {
  test.each([
    ["2026-11-21 03:00", "2026-11-21T03:00:00.000Z"],
    [" 2026-11-21T3:05 ", "2026-11-21T03:05:00.000Z"],
    ["2026-13-41 03:00", null],
    ["tomorrow", null],
    ["", null],
  ])("%j is %j", (typed, instant) => {
    expect(instantTyped(typed)).toBe(instant);
  });
});

test("lists in an address are repeated names, and come back as they went", () => {
  const write = writing(() => "");
  const address = write({ matcher: ['service="a&b"'], label: ["severity=info", "team=x"] });
  expect(reading(() => ({}))(address)).toEqual({ matcher: ['service="a&b"'], label: ["severity=info", "team=x"] });
  expect(write({ matcher: [] })).toBe("");
});

test("what fires comes first, and what cannot see comes before what is quiet", () => {
  const names = worstFirst(policies).map(({ name }) => name);
  expect(names.indexOf("unsafe-delivery-claim")).toBeLessThan(names.indexOf("error-budget"));
  expect(names.indexOf("refunds-silent")).toBeLessThan(names.indexOf("slow-first-token"));
});

test("a policy about what does not say is told apart from one about everything", () => {
  expect(scopeText({ over: {}, promise: null })).toBe("everything");
  expect(scopeText({ over: { route: null }, promise: null })).toBe("route (not said)");
});
