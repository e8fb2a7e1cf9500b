import type { Page } from "playwright-core";
import { expect, test } from "vitest";

import { AGENT_TRACE, DELIVERY_TRACE, LONG_TRACE } from "../fixture/traces.mjs";
import { aSite } from "./site";

const site = aSite();

const focusedRow = (page: Page) => page.evaluate(() => document.activeElement?.closest("[role=row]")?.getAttribute("aria-rowindex"));

test("a condition is added by form, stands in the address, survives a reload and is dropped by its cross", async () => {
  const page = await site.at("/traces");
  await page.getByLabel("Fact").selectOption("route");
  await page.getByLabel("Value", { exact: true }).fill("serve");
  await page.keyboard.press("Enter");
  await page.waitForURL(/where=route%3Dserve/);
  await page.reload({ waitUntil: "networkidle" });
  await page.getByText("1 shown, 1 span of 1 trace").waitFor();
  await page.getByRole("link", { name: "Remove: Route is serve" }).click();
  await page.waitForURL((url) => !url.search.includes("where"));
  expect(site.opened.wrong).toEqual([]);
});

test("the values of a fact are offered with their counts, and one press filters by them", async () => {
  const page = await site.at("/traces");
  await page.getByLabel("Fact").selectOption("service");
  await page.getByRole("group", { name: "Values of Service" }).getByRole("link", { name: "returns-agent 6" }).click();
  await page.waitForURL(/where=service%3Dreturns-agent/);
  await page.getByText("6 shown, 6 spans of 1 trace").waitFor();
});

test("older spans are shown on demand, below those that are there", async () => {
  const page = await site.at("/traces?show=everything");
  await page.getByText("6 shown, 18 spans of 2 traces").waitFor();
  await expect.poll(() => page.getByRole("navigation", { name: "Which spans" }).locator("[aria-current]").allInnerTexts()).toEqual(["Everything"]);
  await page.getByRole("button", { name: "Show older ones" }).click();
  await page.getByText("12 shown, 18 spans of 2 traces").waitFor();
});

test("a view is saved by name, found again after a reload, and forgotten", async () => {
  const page = await site.at("/traces?show=tools&where=service=returns-agent");
  await page.getByRole("button", { name: "Saved views, and a trace by its id" }).click();
  await page.getByLabel("Save this view as").fill("Agent tools");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.goto(`${site.fixture.url}/traces`, { waitUntil: "networkidle" });
  await page.getByRole("button", { name: "Saved views, and a trace by its id" }).click();
  await page.getByRole("link", { name: "Agent tools" }).click();
  await page.waitForURL(/show=tools&where=service%3Dreturns-agent/);
  await page.getByRole("button", { name: "Forget the view Agent tools" }).click();
  await expect.poll(() => page.getByRole("link", { name: "Agent tools" }).count()).toBe(0);
});

test("nothing found says what to do next", async () => {
  const page = await site.at("/traces?where=route=nowhere");
  await page.getByText("Nothing in this range meets all conditions").waitFor();
  await page.getByRole("link", { name: "Look at 6 hours" }).click();
  await page.waitForURL(/minutes=360/);
});

test("a trace is opened by a pasted id", async () => {
  const page = await site.at("/traces");
  await page.getByRole("button", { name: "Saved views, and a trace by its id" }).click();
  await page.getByLabel("Trace id").fill(` ${DELIVERY_TRACE.toUpperCase()} `);
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/traces/${DELIVERY_TRACE}$`));
  await page.getByRole("treegrid").waitFor();
});

test("duplicates, gateway spans, loops and what is not believed are shown as such in the waterfall", async () => {
  const page = await site.at(`/traces/${DELIVERY_TRACE}`);
  const grid = page.getByRole("treegrid");
  for (const words of ["duplicate, not counted", "gateway, not counted", "not believed", "unsafe claim served", "parent missing"]) {
    await expect.poll(() => grid.innerText()).toContain(words);
  }
  await page.goto(`${site.fixture.url}/traces/${AGENT_TRACE}`, { waitUntil: "networkidle" });
  await page.getByText("Search_orders was called").or(page.getByText("search_orders was called")).waitFor();
  await expect.poll(() => grid.getByText("loop", { exact: true }).count()).toBe(6);
});

test("the waterfall is walked with the keyboard, closed, opened and left for a span", async () => {
  const page = await site.at(`/traces/${AGENT_TRACE}`);
  await page.getByRole("row", { name: /returns-agent/ }).first().focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => page.getByRole("row").count()).toBe(2);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => focusedRow(page)).toBe("3");
  await page.keyboard.press("End");
  await expect.poll(() => focusedRow(page)).toBe("14");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/spans\//);
  await page.getByRole("heading", { level: 1, name: "search_orders" }).waitFor();
  expect(site.opened.wrong).toEqual([]);
});

test("of 5,000 spans only those in sight are in the page, and the last is one key away", async () => {
  const page = await site.at(`/traces/${LONG_TRACE}`);
  await expect.poll(() => page.getByRole("row").count()).toBeLessThan(80);
  await page.getByRole("row").nth(1).focus();
  await page.keyboard.press("End");
  await expect.poll(() => focusedRow(page)).toBe("5001");
  await expect.poll(() => page.getByRole("row").count()).toBeLessThan(80);
  await page.getByText("The trace has 12,000 more spans; the first 5,000 are shown.").waitFor();
  await page.getByLabel("Only what went wrong (1)").check();
  await page.getByRole("row", { name: /step 4322/ }).waitFor();
});

test("an incident leads to what its exemplar says, and that leads back", async () => {
  const page = await site.at("/incidents/inc_01jw8q4d9nfxgk");
  await page.getByRole("region", { name: "Exemplar" }).getByRole("link", { name: "all it says" }).first().click();
  await page.getByRole("heading", { level: 1, name: "req_205" }).waitFor();
  const decision = page.getByRole("region", { name: "Decision" });
  for (const words of ["serving_gate", "fastship@v17", "yes, served"]) expect(await decision.innerText()).toContain(words);
  await page.getByRole("link", { name: "Unsupported delivery claim reached customer response." }).click();
  await page.waitForURL(/\/incidents\//);
});

test("a reason of the quarantine leads to samples of it, and a sample to its span", async () => {
  const page = await site.at("/quarantine");
  await page.getByRole("link", { name: "first_token_after_end" }).click();
  await page.waitForURL(/reason=first_token_after_end/);
  const samples = page.getByRole("region", { name: /Sample spans/ });
  await expect.poll(() => samples.innerText()).not.toContain("cached_exceeds_input");
  await samples.getByRole("link", { name: "eee19b7ec3c1b174" }).click();
  await page.getByRole("heading", { level: 1, name: "req_205" }).waitFor();
});
