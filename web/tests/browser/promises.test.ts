import { expect, test } from "vitest";

import { aSite } from "./site";

const site = aSite();

test("promises that need somebody stand first, with their state, what is expected next, and their incident", async () => {
  const page = await site.at("/promises");
  const names = await page.getByRole("main").getByRole("heading", { level: 2 }).allInnerTexts();
  expect(names.slice(0, 3)).toEqual(["nightly-digests", "catalogue-sync", "queue-worker"]);
  expect(names.indexOf("price-feed")).toBeGreaterThan(names.indexOf("weekly-report"));
  const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "nightly-digests" }) });
  await expect.poll(() => card.innerText()).toMatch(/broken[^]*0 3 \* \* \* in Europe\/Berlin[^]*Next expected\s+in 21 h/);
  await card.getByRole("link", { name: "Open incident of nightly-digests" }).click();
  await page.getByRole("heading", { level: 1, name: /Nightly digests are not visible/ }).waitFor();
});

test("weak points of a promise are told when they are asked for", async () => {
  const page = await site.at("/promises");
  await page.getByRole("button", { name: "3 weak points" }).click();
  await expect.poll(() => page.getByRole("list", { name: "Weak points" }).innerText()).toContain("It has no `runbook`");
});

test("a removed promise with open incidents asks what becomes of them, and is gone when they are closed", async () => {
  const page = await site.at("/promises");
  await page.getByText("spring-newsletter is no longer declared and has 2 open incidents").waitFor();
  await expect.poll(() => page.getByRole("list", { name: "Open incidents of spring-newsletter" }).getByRole("link").count()).toBe(2);
  await page.getByRole("button", { name: "Close all 2 by hand…" }).click();
  const form = page.getByRole("form", { name: "Close 2 incidents by hand" });
  await form.getByLabel("Why no proof will end it").fill("the newsletter was stopped");
  await form.getByLabel("Your name").fill("Noor");
  await form.getByRole("button", { name: "Close 2 incidents" }).click();
  await page.getByText("is no longer declared").waitFor({ state: "detached" });
  expect(site.fixture.world.summaries.filter(({ promise, state }) => promise === "spring-newsletter" && state !== "resolved")).toEqual([]);
});

test("an empty server says what to do next", async () => {
  const page = await site.at("/promises", { world: "empty" });
  await page.getByText("No promises yet").waitFor();
  await expect.poll(() => page.getByRole("main").innerText()).toContain("outproof check");
});

test("expected runs show which was missed, and when the next ones are expected", async () => {
  const page = await site.at("/promises/nightly-digests");
  const rows = await page.getByRole("table", { name: "Expected runs" }).getByRole("row").allInnerTexts();
  expect(rows[4]).toMatch(/missed[^]*not begun by[^]*none/);
  await expect.poll(() => page.getByRole("region", { name: "Expected next" }).getByRole("listitem").count()).toBe(4);
});

test("a version shows what it changed, line by line", async () => {
  const page = await site.at("/promises/nightly-digests");
  const versions = page.getByRole("region", { name: "Versions" });
  await expect.poll(() => versions.getByText("observer: independent").count()).toBe(0);
  await versions.getByRole("button", { name: "What it changed" }).click();
  await expect.poll(() => versions.locator('[data-sign="removed"]').allInnerTexts()).toEqual(["-due: 2h\n", "-    observer: job\n"]);
  await expect.poll(() => versions.locator('[data-sign="added"]').allInnerTexts()).toEqual(["+due: 3h\n", "+    observer: independent\n", "+    within: 10m\n"]);
});

test("a drill is begun, appears as running, and cannot be begun twice", async () => {
  const page = await site.at("/promises/catalogue-sync");
  await page.getByRole("button", { name: "Drill it now…" }).click();
  const form = page.getByRole("form", { name: "Drill catalogue-sync" });
  await form.getByLabel("What to break").selectOption("wrong-count");
  await form.getByLabel("Your name").fill("Noor");
  await form.getByRole("button", { name: "Break it" }).click();
  const drills = page.getByRole("region", { name: "Drills" });
  await drills.getByText("wrong-count").first().waitFor();
  await expect.poll(() => drills.getByRole("list", { name: "Drills, newest first" }).innerText()).toMatch(/running[^]*wrong-count[^]*by Noor/);
  await drills.getByText("A drill is running. One at a time.").waitFor();
  expect(site.fixture.world.drills[0]).toMatchObject({ promise: "catalogue-sync", fault: "wrong-count", by: "Noor" });
  expect(site.opened.wrong).toEqual([]);
});

test("a drill that the promise cannot have says why", async () => {
  const page = await site.at("/promises/invoice-letters");
  await page.getByRole("button", { name: "Drill it now…" }).click();
  await page.getByLabel("What to break").selectOption("never-start");
  await page.getByLabel("Your name").fill("Noor");
  await page.getByRole("button", { name: "Break it" }).click();
  await page.getByRole("alert").getByText("it has no schedule, so nothing says when a run should start").waitFor();
});

test("a drill that ends elsewhere changes the page by itself", async () => {
  const page = await site.at("/promises/nightly-digests", { polls: false });
  await page.getByText("Live", { exact: true }).waitFor();
  await site.opened.quiet();
  const drills = page.getByRole("region", { name: "Drills" });
  await drills.getByText("running", { exact: true }).waitFor();
  site.fixture.world.drills = site.fixture.world.drills.map((each) => (each.state === "running" ? { ...each, state: "passed" } : each));
  site.fixture.changed(["promises"]);
  await drills.getByText("running", { exact: true }).waitFor({ state: "detached" });
});

test("items of a run are listed by what became of them, a hundred at a time", async () => {
  const page = await site.at("/runs/run_01jw9items");
  const items = page.getByRole("region", { name: "Items" });
  const names = await items.getByRole("group").getByRole("button").allInnerTexts();
  expect(names.map((name) => name.trim())).toEqual(["3 failed", "1 lost", "2 invalid", "4 missing", "5 skipped", "125 passed"]);
  await items.getByRole("button", { name: "3 failed" }).click();
  await expect.poll(() => items.getByRole("list", { name: "Items: failed" }).getByRole("listitem").allInnerTexts()).toContain("sku-failed-001 persisted failed");
  await items.getByRole("button", { name: "125 passed" }).click();
  const passed = items.getByRole("list", { name: "Items: passed" }).getByRole("listitem");
  await items.getByText("100 of 125").waitFor();
  await expect.poll(() => passed.count()).toBe(100);
  await items.getByRole("button", { name: "Show more" }).click();
  await items.getByText("125 of 125").waitFor();
  await expect.poll(async () => new Set(await passed.allInnerTexts()).size).toBe(125);
  await expect.poll(() => items.getByRole("button", { name: "Show more" }).count()).toBe(0);
});

test("a run tells what is unexplained, that its job contradicts itself, and when it was expected", async () => {
  const page = await site.at("/runs/run_01jw9items");
  const main = await page.getByRole("main").innerText();
  expect(main).toContain("4 items missing");
  expect(main).toContain("The job contradicts itself. The worse claim counts.");
  expect(main).toMatch(/Expected at\s+\d{4}-/);
  expect(main).toMatch(/Cause\s+conservation/);
});

test("the status says that the files are not in force, what waits, and how old the proof by drills is", async () => {
  const page = await site.at("/status");
  const main = await page.getByRole("main").innerText();
  expect(main).toContain("The configuration files are not in force.");
  expect(main).toContain("outproof.yaml:41");
  expect(main).toMatch(/Sections: egress/);
  await expect.poll(() => page.getByRole("region", { name: "Last drill that passed" }).innerText()).toMatch(/channel drill-room\s+3 d ago/);
});
