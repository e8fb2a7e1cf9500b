import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { noteAnswer, noteStream } from "@/api/connection";
import { pollMs } from "@/api/query-client";
import { queryKeysOf } from "@/api/topics";
import { LiveIndicator } from "@/features/connection/live-indicator";
import { freshness } from "@/lib/freshness";

const AT = Date.parse("2026-05-27T03:00:00Z");

beforeEach(() => vi.useFakeTimers({ now: AT }));
afterEach(() => vi.useRealTimers());

test("an open stream whose server no longer answers is not live", () => {
  const open = { streamOpen: true, answeredMs: AT };
  expect(freshness(open, AT + 24_000)).toEqual({ state: "live" });
  expect(freshness(open, AT + 26_000)).toEqual({ state: "stale", sinceMs: AT });
});

test("without a stream, polling keeps the screen fresh, and three missed polls do not", () => {
  const closed = { streamOpen: false, answeredMs: AT };
  expect(freshness(closed, AT + 5_000)).toEqual({ state: "reconnecting" });
  expect(freshness(closed, AT + 16_000)).toEqual({ state: "stale", sinceMs: AT });
});

test("a server that never answered is stale from the start", () => {
  expect(freshness({ streamOpen: false, answeredMs: null }, AT)).toEqual({ state: "stale", sinceMs: null });
});

test("the indicator goes from live to stale by itself and names the last answer", async () => {
  noteAnswer(AT);
  noteStream(true);
  render(<LiveIndicator />);
  expect(screen.getByRole("status").textContent).toContain("Live");
  act(() => noteStream(false));
  expect(screen.getByRole("status").textContent).toContain("Reconnecting");
  await act(() => vi.advanceTimersByTimeAsync(20_000));
  expect(screen.getByRole("status").textContent).toContain("Stale since 03:00:00 UTC");
  act(() => noteAnswer(AT + 20_000));
  expect(screen.getByRole("status").textContent).not.toContain("Stale");
});

test("without a stream the server is asked every 5 s, as the indicator says", () => {
  noteStream(false);
  expect(pollMs()).toBe(5_000);
  noteStream(true);
  expect(pollMs()).toBe(10_000);
});

test("a topic touches its queries, and an unknown topic touches them all", () => {
  expect(queryKeysOf(["runs"])).toEqual([["runs"], ["promises"], ["handoffs"]]);
  expect(queryKeysOf(["promises"])).toContainEqual(["promises"]);
  expect(queryKeysOf(["incidents", "runs"]).filter(([family]) => family === "handoffs")).toHaveLength(1);
  expect(queryKeysOf(["incidents", "something-new"])).toEqual([[]]);
  expect(queryKeysOf([])).toEqual([[]]);
});
