import { expect, test } from "vitest";

import { bottomOf } from "./chromium";
import { aSite } from "./site";

const INCIDENT = "inc_01jw8q4d9nfxgk";

const site = aSite();

test("the way from the list to the exemplar is one press of Enter", async () => {
  const page = await site.at("/");
  await page.waitForURL(`${site.fixture.url}/incidents`);
  await page.getByRole("link", { name: /Unsupported delivery claim/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /Unsupported delivery claim/ }).waitFor();
  const main = page.getByRole("main");
  for (const words of ["unsafe_claim_served 2/6", "Compare the serving-gate template with tracking-answerer-v1."]) {
    await main.getByText(words).waitFor();
  }
  const exemplar = page.getByRole("region", { name: "Exemplar" });
  for (const words of ["req_205", "fastship@v17", "serving_gate", "218 ms", "$0.000271"]) {
    await expect.poll(() => exemplar.innerText()).toContain(words);
  }
  expect(site.opened.wrong).toEqual([]);
});

test("what broke, whose it is, the first check and the exemplar are on the first screen", async () => {
  const page = await site.at(`/incidents/${INCIDENT}`);
  for (const words of ["unsafe_claim_served 2/6", "delivery-answers", "Compare the serving-gate", "req_205", "fastship@v17"]) {
    await expect.poll(() => bottomOf(page.getByRole("main").getByText(words).first()), { message: words }).toBeLessThan(900);
  }
});

test("the other exemplar opens in place, with unknown where nothing was recorded", async () => {
  const page = await site.at(`/incidents/${INCIDENT}`);
  const other = page.getByRole("button", { name: /^req_206/ });
  await other.focus();
  await page.keyboard.press("Space");
  await expect.poll(() => other.getAttribute("aria-expanded")).toBe("true");
  await expect.poll(() => page.getByRole("region", { name: "Exemplar" }).innerText()).toMatch(/Cost\s+unknown no rate card/);
});

test("an acknowledgement shows who has it, and the name is remembered", async () => {
  const page = await site.at(`/incidents/${INCIDENT}`);
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await page.keyboard.type("Noor");
  await page.keyboard.press("Enter");
  await page.getByText("Noor has it").waitFor();
  await expect.poll(() => page.evaluate(() => localStorage.getItem("outproof.name"))).toBe("Noor");
});

test("an incident that opens elsewhere appears by itself", async () => {
  const page = await site.at("/incidents", { polls: false });
  await page.getByText("Live", { exact: true }).waitFor();
  await site.opened.quiet();
  const [first] = site.fixture.world.summaries;
  if (!first) throw new Error("the fixture has incidents");
  site.fixture.world.summaries.unshift({ ...first, id: "inc_new", title: "A brand-new break." });
  site.fixture.changed(["incidents"]);
  await page.getByText("A brand-new break.").waitFor();
});

test("a server that is gone turns the screen stale, and a server that is back turns it live", async () => {
  const page = await site.at("/incidents");
  await page.getByText("Live", { exact: true }).waitFor();
  // The page's time stands still, so that reconnecting cannot have become stale before it is looked at.
  const lost = Date.now();
  await page.clock.setFixedTime(lost);
  site.fixture.controls.failing = true;
  site.fixture.dropStreams();
  await page.getByText("Reconnecting").waitFor();
  await page.getByText("Not fresh: this is from").waitFor();
  await page.clock.setFixedTime(lost + 60_000);
  await page.getByText("Stale since").waitFor();
  site.fixture.controls.failing = false;
  await page.getByText("Live", { exact: true }).waitFor();
  await expect.poll(() => page.getByText("Not fresh").count()).toBe(0);
});

test("without a stream the screen says that it polls, and still follows", async () => {
  site.fixture.controls.refuseStream = true;
  const page = await site.at("/incidents");
  await page.getByText("Reconnecting, asking every 5 s").waitFor();
  const [first] = site.fixture.world.summaries;
  if (!first) throw new Error("the fixture has incidents");
  site.fixture.world.summaries.unshift({ ...first, id: "inc_new", title: "A brand-new break." });
  await page.getByText("A brand-new break.").waitFor();
});

test("an unknown incident says so and leads back", async () => {
  const page = await site.at("/incidents/inc_nothing");
  await expect.poll(() => page.getByRole("alert").innerText()).toContain("doesn't know the incident");
  await page.getByRole("link", { name: "← All incidents" }).click();
  await page.getByRole("heading", { level: 1, name: "Incidents" }).waitFor();
});

test("the filter is in the address and survives a reload", async () => {
  const page = await site.at("/incidents");
  await expect.poll(() => page.getByText("First token is slow.").count()).toBe(0);
  await page.getByRole("link", { name: "resolved", exact: true }).click();
  await page.getByText("First token is slow.").waitFor();
  await page.waitForURL(/state=resolved/);
  await page.reload();
  await page.getByText("First token is slow.").waitFor();
});

test("a run's incident shows the proof that failed, who saw it, and the last good run", async () => {
  const page = await site.at("/incidents/inc_01jw8pz0c2batch");
  const steps = await page.getByRole("list", { name: "Stages of the run" }).getByRole("listitem").allInnerTexts();
  expect(steps[1]).toMatch(/validated passed[^]*the job itself/);
  expect(steps[2]).toMatch(/persisted no proof/);
  expect(steps[3]).toMatch(/visible failed[^]*Outproof's probe[^]*404/);
  const evidence = await page.getByRole("region", { name: "Evidence" }).innerText();
  for (const words of ["digest-2026-05-27", "digest-writer-2", "nightly-digest-v14", "1,240", "9f2c41d7"]) expect(evidence).toContain(words);
  await expect.poll(() => page.getByRole("region", { name: "Last good run" }).innerText()).toContain("digest-2026-05-26");
});
