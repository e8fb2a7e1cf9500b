import { describe, expect, test } from "vitest";

import { isolated } from "@/charts/isolated";
import { factText } from "@/lib/fact-text";
import { relative, span, utc } from "@/lib/instant";
import { usd } from "@/lib/money";
import { count, counted, duration, percent, throughput } from "@/lib/quantity";

describe("a share as a percentage", () => {
  test.each([
    [2 / 6, "33.3%"],
    [4 / 6, "66.7%"],
    [0, "0.0%"],
    [1, "100.0%"],
    [0.0001, "<0.1%"],
    [0.99999, ">99.9%"],
  ])("%d reads %s", (ratio, words) => expect(percent(ratio)).toBe(words));
});

test("what is unknown stays null in every format and is never zero", () => {
  for (const format of [count, percent, duration, throughput, usd]) {
    expect(format(null)).toBeNull();
    expect(format(undefined)).toBeNull();
  }
  expect(factText("tokens", null)).toBeNull();
});

describe("money of whole nano-dollars", () => {
  test.each([
    [1_427_400, "$0.001427"],
    [279_000, "$0.000279"],
    [271_000, "$0.000271"],
    [0, "$0.000000"],
    [1, "$0.000000001"],
    [999_999_999, "$1.000000"],
    [1_234_567_800, "$1.2346"],
    [123_456_789_012_345, "$123,456.79"],
    [-2_000_000, "−$0.002000"],
  ])("%d reads %s", (nano, words) => expect(usd(nano)).toBe(words));
});

describe("durations", () => {
  test.each([
    [0.24, "240 ms"],
    [0.0004, "<1 ms"],
    [0, "0 ms"],
    [0.9996, "1.00 s"],
    [1.239, "1.24 s"],
    [60, "1 min"],
    [1840.4, "30 min 40 s"],
    [10_800, "3 h"],
    [11_700, "3 h 15 min"],
  ])("%d s reads %s", (seconds, words) => expect(duration(seconds)).toBe(words));
});

test("instants are read in UTC whatever the reader's time zone", () => {
  expect(utc(Date.parse("2026-05-27T03:02:11.123456Z"))).toBe("2026-05-27 03:02:11 UTC");
});

test("ages use their two largest units", () => {
  expect(span(8)).toBe("8 s");
  expect(span(742)).toBe("12 min");
  expect(span(7_100)).toBe("1 h 58 min");
  expect(span(190_000)).toBe("2 d 4 h");
  expect(relative(1_000, 61_000)).toBe("1 min ago");
  expect(relative(61_000, 1_000)).toBe("in 1 min");
  expect(relative(1_500, 1_000)).toBe("just now");
});

test("a fact's unit is the last word of its key", () => {
  expect(factText("duration_s", 1840.4)).toBe("30 min 40 s");
  expect(factText("invalid_ratio", 0.02)).toBe("2.0%");
  expect(factText("cost_nano_usd", 279_000)).toBe("$0.000279");
  expect(factText("input", 1240)).toBe("1,240");
  expect(factText("safe", false)).toBe("no");
});

test("throughput has one decimal and grouped thousands", () => {
  expect(throughput(134.88372093)).toBe("134.9 tok/s");
  expect(throughput(2967.16)).toBe("2,967.2 tok/s");
});

test("a value between two gaps is drawn as a dot, because no line reaches it", () => {
  expect(isolated([null, 3, null, 1, 2, null, 0])).toEqual([1, 6]);
  expect(isolated([5])).toEqual([0]);
  expect(isolated([1, 2, 3])).toEqual([]);
});

test("one thing is singular", () => {
  expect(counted(1, "answer")).toBe("1 answer");
  expect(counted(0, "answer")).toBe("0 answers");
});
