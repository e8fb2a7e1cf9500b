import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { startFixture } from "../fixture/server.mjs";
import { launch, open, type Opened } from "./chromium";

let browser: Browser;
let fixture: Awaited<ReturnType<typeof startFixture>>;
let opened: Opened;

beforeAll(async () => {
  browser = await launch();
  fixture = await startFixture();
  opened = await open(browser, fixture.url);
});
afterAll(async () => {
  await opened.close();
  await fixture.stop();
  await browser.close();
});

const at = async (path: string) => {
  await opened.visit(fixture.url + path);
  return opened.page;
};
const region = (name: string) => opened.page.getByRole("region", { name });

test("a link of a message changes nothing until its form is sent, and then the mark stays", async () => {
  const page = await at("/incidents/inc_01jw8q4d9nfxgk?mark=noise");
  const form = page.getByRole("form", { name: "Say what the page was worth" });
  await expect.poll(() => form.getByRole("radio", { name: /^noise/ }).isChecked()).toBe(true);
  expect(fixture.world.marks.inc_01jw8q4d9nfxgk).toBeUndefined();
  await form.getByLabel("Your name").fill("Mira");
  await form.getByRole("button", { name: "Mark it: noise" }).click();
  await expect.poll(() => region("Was this page worth it?").innerText()).toMatch(/Marked noise by Mira/);
  await expect.poll(() => page.url()).not.toContain("mark=");
});

test("what changed is ranked, with its share, interval, counts and lift", async () => {
  await at("/incidents/inc_01jw8q4d9nfxgk");
  await expect.poll(() => region("What changed").getByRole("row").nth(1).innerText()).toMatch(/tracking-answerer-v1\.1-regression[^]*100\.0%[^]*34\.2% to 100\.0%[^]*2 of 2[^]*0 of 0[^]*3\.0×/);
});

test("an incident that nobody is told of says why, and who it is assigned to and what it is part of can change", async () => {
  const page = await at("/incidents/inc_01jw8pz0c2batch");
  await expect.poll(() => page.getByRole("main").innerText()).toContain("Nobody is told of it now: it is held back by a silence");
  await page.getByRole("button", { name: "Assign to somebody else…" }).click();
  await page.getByLabel("To whom").fill("Ada");
  await page.getByLabel("Your name").fill("Mira");
  await page.getByRole("button", { name: "Assign it" }).click();
  await expect.poll(() => region("Timeline").innerText()).toContain("Mira gives it to Ada");
  await page.getByRole("button", { name: "Merge it into another…" }).click();
  await page.getByRole("button", { name: "It is part of that one" }).click();
  await expect.poll(() => region("What belongs together").innerText()).toContain("Part of another incident");
});

test("from an incident to a silence: its labels are filled in, and what it covers is shown before it is made", async () => {
  const page = await at("/incidents/inc_01jw8q4d9nfxgk");
  await page.getByRole("link", { name: "Silence what is like it…" }).click();
  const form = page.getByRole("form", { name: "Make a silence" });
  const matchers = form.getByLabel(/What nobody is to be told of/);
  await expect.poll(() => matchers.inputValue()).toBe('policy="unsafe-delivery-claim"\nservice="tracking-answerer"');
  await expect.poll(() => form.innerText()).toContain("1 critical incident among them: look twice");
  await matchers.fill("nonsense");
  await expect.poll(() => form.innerText()).toContain("got one without =");
  await matchers.fill('service="answers"');
  await form.getByLabel(/Why/).fill("a deploy");
  await form.getByLabel(/Your name/).fill("Mira");
  await form.getByRole("button", { name: "Silence it" }).click();
  await expect.poll(() => region("Silences").innerText()).toContain("a deploy by Mira");
  await region("Silences").getByRole("button", { name: "End…", exact: true }).first().click();
  await page.getByRole("button", { name: "End it now" }).click();
  await expect.poll(() => region("Silences").innerText()).not.toContain("a deploy by Mira");
});

test("dead channels come first, a test can be sent, and who would be told is answered with why", async () => {
  const page = await at("/routes");
  await expect.poll(() => region("Channels").getByRole("listitem").first().innerText()).toMatch(/pager-lead[^]*dead/);
  await page.getByRole("button", { name: "Send a test to pager-lead" }).click();
  await expect.poll(() => region("Channels").innerText()).toContain("On its way");
  await page.getByLabel("Other labels").fill("team=delivery");
  await page.getByRole("button", { name: "Who would be told?" }).click();
  await expect.poll(() => region("Who would be told?").innerText()).toMatch(/Told: on-call-webhook[^]*Why: team="delivery" holds/);
  await page.waitForURL(/label=severity%3Dcritical/);
});

test("what cannot see its data is never called quiet, and each segment says why it is as it is", async () => {
  const page = await at("/policies");
  const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "refunds-silent" }) });
  await expect.poll(() => card.innerText()).toContain("no data");
  expect(await card.innerText()).not.toContain("quiet");
  await page.getByRole("link", { name: "unsafe-rate-by-template" }).click();
  await expect.poll(() => region("Alerts").getByRole("row").nth(1).innerText()).toMatch(/v1\.1-regression[^]*firing[^]*raised on partial data/);
});

test("a backtest shows its progress and then what would have happened", async () => {
  const page = await at("/policies/refunds-silent");
  await page.getByRole("button", { name: "Backtest it…" }).click();
  await page.getByLabel(/Your name/).fill("Mira");
  await page.getByRole("button", { name: "Replay history" }).click();
  await page.getByRole("progressbar", { name: "Progress of the backtest" }).waitFor();
  fixture.world.endTrial();
  await expect.poll(() => region("Try it on history").innerText()).toMatch(/2\.3 per week[^]*False alarms[^]*1 of 2 caught[^]*3 min 4 s[^]*2 pages went and 1 page came/);
});

test("a policy that woke people for nothing is proposed for demotion, and nothing is applied", async () => {
  await at("/policies/slow-first-token");
  await expect.poll(() => region("What its pages were worth").innerText()).toMatch(/make it info instead of warning[^]*Nothing changes by itself[^]*7\.1%/);
});
