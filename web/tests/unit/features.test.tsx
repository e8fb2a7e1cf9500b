import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { NoIncidents } from "@/features/incidents/no-incidents";
import { DeliverySummary } from "@/features/incidents/delivery-summary";
import { FirstCheck } from "@/features/incidents/first-check";
import { ExemplarFacts } from "@/features/incidents/exemplar-facts";
import { FailureStages } from "@/features/services/failure-stages";
import { VerdictCounts } from "@/features/promises/verdict-counts";

import { delivery } from "../fixture/delivery.mjs";
import { show, text } from "./on-screen";

const factOf = (label: string): string | null | undefined =>
  [...document.querySelectorAll("dt")].find((each) => each.textContent === label)?.nextElementSibling?.textContent;

test("an exemplar names the request, its template, evidence, stage, speed and price", async () => {
  const [exemplar] = delivery.exemplars;
  if (!exemplar) throw new Error("the fixture has an exemplar");
  await show(<ExemplarFacts exemplar={exemplar} />);
  expect(factOf("Request id")).toContain("req_205");
  expect(factOf("Template")).toBe("tracking-answerer-v1.1-regression");
  expect(factOf("Evidence version")).toBe("fastship@v17");
  expect(factOf("First failed stage")).toBe("serving_gate");
  expect(factOf("Unsafe claim served")).toContain("yes");
  expect(factOf("Time to first token")).toBe("218 ms");
  expect(factOf("Cost")).toBe("$0.000271 rate card internal-fixture-2026-05-27");
});

test("an exemplar with unknown fields never reads safe, free or zero", async () => {
  const exemplar = delivery.exemplars[1];
  if (!exemplar) throw new Error("the fixture has a second exemplar");
  await show(<ExemplarFacts exemplar={{ ...exemplar, ttft_s: null }} />);
  expect(factOf("Unsafe claim served")).toBe("unknown");
  expect(factOf("Evidence version")).toBe("unknown");
  expect(factOf("Time to first token")).toBe("unknown");
  expect(factOf("Tokens")).toBe("201 in (unknown cached), 30 out");
  expect(factOf("Cost")).toBe("unknown no rate card");
});

test("an empty list of an unwatched server doesn't look like good news", async () => {
  await show(<NoIncidents filter="active" watching={false} watchingSince={null} />);
  expect(text()).toContain("says nothing about your output");
  expect(text()).toContain("/v1/traces");
});

test("an empty list of a watching server says since when it watches", async () => {
  await show(<NoIncidents filter="active" watching watchingSince="2026-05-27T03:00:00Z" />);
  expect(text()).toContain("watching since 2026-05-27 03:00:00 UTC");
});

test("an incident nobody was told of says so", async () => {
  await show(<DeliverySummary deliveries={{ accepted: 0, retrying: 0, failed: 0, queued: 0 }} />);
  expect(text()).toContain("nobody notified");
});

test("a failed delivery is named before an accepted one", async () => {
  await show(<DeliverySummary deliveries={{ accepted: 2, retrying: 0, failed: 1, queued: 0 }} />);
  expect(text()).toContain("1 failed, 2 delivered");
});

test("a runbook that is no web address is shown but can't be clicked", async () => {
  await show(<FirstCheck check="Look." runbook="javascript:alert(1)" />);
  expect(text()).toContain("javascript:alert(1)");
  expect(screen.queryByRole("link")).toBeNull();
});

test("the stage passed isn't counted among the failures", async () => {
  await show(<FailureStages stages={[{ stage: "passed", count: 1 }]} />);
  expect(text()).toContain("passed (none failed)");
});

test("a promise without runs is not shown as kept", async () => {
  await show(<VerdictCounts verdicts={{ kept: 0, broken: 0, unverified: 0, overdue: 0, pending: 0 }} />);
  expect(text()).toContain("nothing is proven");
});
