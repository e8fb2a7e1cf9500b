import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { DrillLine } from "@/features/drills/drill-line";
import { LastPassedDrills } from "@/features/drills/last-passed";
import { diffLines } from "@/features/promises/diff-lines";
import { Pulse } from "@/features/promises/pulse";
import { worstFirst } from "@/features/promises/standing-badge";
import { Contradiction } from "@/features/runs/contradiction";
import { RunCounts } from "@/features/runs/run-counts";
import { ConfigurationTroubles } from "@/features/status/configuration";

import { drills } from "../fixture/drills.mjs";
import { show, text } from "./on-screen";

test("what needs somebody comes first, and equals stay as they are declared", () => {
  const states = ["kept", "paused", "broken", "no_data", "kept", "stale", "pending", "never_started"] as const;
  const promises = states.map((state, index) => ({ state, index }));
  expect(worstFirst(promises).map(({ state, index }) => `${state} ${index}`)).toEqual([
    "broken 2",
    "never_started 7",
    "stale 5",
    "no_data 3",
    "pending 6",
    "kept 0",
    "kept 4",
    "paused 1",
  ]);
});

test("a diff says of each line whether it came or went, also of a line that begins with dashes", () => {
  const signs = diffLines("--- before\n+++ after\n@@ -1,2 +1,2 @@\n same\n--- a removed line\n+new").map(({ sign }) => sign);
  expect(signs).toEqual(["place", "same", "removed", "added"]);
  expect(diffLines("")).toEqual([]);
});

test("counts that leave items unexplained say how many are missing, or too many", async () => {
  const counts = { input: 10, valid: 7, invalid: 1, skipped: null };
  await show(<RunCounts counts={counts} unexplained={2} />);
  expect(text()).toContain("Unexplained2 items missing");
  expect(text()).toContain("Skippedunknown");
});

test("counts that do not tell the remainder leave it unknown, not zero", async () => {
  await show(<RunCounts counts={{ input: 10 }} unexplained={null} />);
  expect(text()).toContain("Unexplainedunknown");
});

test("a run without counts says so", async () => {
  await show(<RunCounts counts={{ input: null }} unexplained={null} />);
  expect(text()).toBe("The job reported no counts.");
});

test("a job that claims success and failure is shown to contradict itself, with both claims", async () => {
  const at = "2026-05-27T03:00:00Z";
  await show(<Contradiction claims={[{ claim: "success", at }, { claim: "failure", at: "2026-05-27T03:01:00Z" }]} />);
  expect(text()).toContain("contradicts itself");
  expect(text()).toContain("success claimed at 2026-05-27 03:00:00 UTC");
  expect(text()).toContain("failure claimed at 2026-05-27 03:01:00 UTC");
});

test("a job that says the same twice doesn't contradict itself", async () => {
  const at = "2026-05-27T03:00:00Z";
  await show(<Contradiction claims={[{ claim: "success", at }, { claim: "success", at }]} />);
  expect(text()).toBe("");
});

test("what failed in a drill is told without being asked for, what passed is not", async () => {
  const [, passed, failed] = drills;
  if (!passed || !failed) throw new Error("the fixture has a drill that passed and one that failed");
  await show(
    <ul>
      <DrillLine drill={passed} />
      <DrillLine drill={failed} />
    </ul>,
  );
  const lists = screen.getAllByRole("list", { name: "Failed checks" });
  expect(lists).toHaveLength(1);
  expect(lists[0]?.textContent).toBe("failed one incident: expected exactly one, saw none");
  expect(text()).not.toContain("drill-room told");
});

test("a server on which no drill ever passed doesn't look proven", async () => {
  await show(<LastPassedDrills lastPassed={{ promises: {}, routes: {}, evaluators: {} }} />);
  expect(text()).toContain("nobody has seen an incident come");
});

test("a heart that never beat reads none, not an age", async () => {
  await show(<Pulse mode="heartbeat" pulse={{ since: "2026-05-27T03:00:00Z", newest_at: null, stale_at: null, detail: null }} />);
  expect(text()).toContain("Last beatnone so far");
});

test("a configuration that is in force as it is written says nothing", async () => {
  const configuration = { loaded_at: "2026-05-27T03:00:00Z", error: null, needs_restart: [], removed: [] };
  await show(<ConfigurationTroubles configuration={configuration} />);
  expect(text()).toBe("");
});

test("a configuration that isn't in force says why, and since when the old one is", async () => {
  const configuration = { loaded_at: "2026-05-27T03:00:00Z", error: "outproof.yaml:41: expected a zone", needs_restart: ["egress"], removed: [] };
  await show(<ConfigurationTroubles configuration={configuration} />);
  expect(text()).toContain("not in force");
  expect(text()).toContain("2026-05-27 03:00:00 UTC");
  expect(text()).toContain("outproof.yaml:41: expected a zone");
  expect(text()).toContain("Sections: egress");
});
