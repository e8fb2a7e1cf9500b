import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { KEY, startFixture } from "../fixture/server.mjs";
import { launch, open, type Opened, overflows } from "./chromium";
import { PAGES } from "./pages";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["usual", "empty", "hostile"] as const)("in the %s world", (world) => {
  let fixture: Awaited<ReturnType<typeof startFixture>>;
  let opened: Opened;
  beforeAll(async () => {
    fixture = await startFixture({ world });
    opened = await open(browser, fixture.url, { viewport: { width: 360, height: 740 } });
  });
  afterAll(async () => {
    await opened.close();
    await fixture.stop();
  });

  test.each(PAGES)("%s fits 360 px, asks nothing outside and runs no text as code", async (path) => {
    const { page, wrong, visit } = opened;
    await visit(fixture.url + path);
    await expect.poll(() => overflows(page)).toBe(false);
    await expect.poll(() => page.getByRole("heading", { level: 1 }).count()).toBe(1);
    await expect.poll(() => page.evaluate(() => "pwned" in window)).toBe(false);
    await expect.poll(() => page.locator('a[href^="javascript:" i], a[href^="data:" i], main img').count()).toBe(0);
    // An empty server answers 404 to the id in the address; everything else is a fault.
    expect(wrong.filter((line) => !line.includes("404"))).toEqual([]);
  });
});

test("the range of a service is in the address, and its curves can be read as a table", async () => {
  const fixture = await startFixture();
  const { page, wrong, close } = await open(browser, `${fixture.url}/services/tracking-answerer`);
  await page.getByRole("link", { name: "6 hours" }).click();
  await page.waitForURL(/minutes=360/);
  await page.getByRole("button", { name: /Show as a table.*Time to first token/ }).click();
  const table = page.getByRole("region", { name: "Time to first token, p95, table" });
  await expect.poll(() => table.innerText()).toContain("no data");
  await expect.poll(() => page.locator("canvas").count()).toBe(3);
  expect(wrong).toEqual([]);
  await close();
  await fixture.stop();
});

test("a service without data is called neither safe nor unsafe", async () => {
  const fixture = await startFixture();
  const { page, close } = await open(browser, `${fixture.url}/services/never-seen`);
  const words = await page.getByRole("main").innerText();
  expect(words).toContain("No data in this window");
  expect(words).not.toContain("%");
  await close();
  await fixture.stop();
});

test("a locked server asks for a key, refuses a wrong one, and lets the right one in and out", async () => {
  const fixture = await startFixture({ locked: true });
  const { page, close } = await open(browser, `${fixture.url}/status`);
  await page.getByLabel("Key").fill("op_wrong");
  await page.keyboard.press("Enter");
  await page.getByText("This key isn't known").waitFor();
  await page.getByLabel("Key").fill(KEY);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Status" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { level: 1, name: "Sign in to Outproof" }).waitFor();
  await close();
  await fixture.stop();
});

test("the colour scheme follows the system until it is chosen, and the choice stays", async () => {
  const fixture = await startFixture();
  const { page, close } = await open(browser, `${fixture.url}/status`, { colorScheme: "dark" });
  const scheme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  await expect.poll(() => scheme()).toBe("dark");
  await page.getByRole("button", { name: /change to light/ }).click();
  await expect.poll(() => scheme()).toBe("light");
  await page.reload({ waitUntil: "networkidle" });
  await expect.poll(() => scheme()).toBe("light");
  await close();
  await fixture.stop();
});

test("Tab starts with a way past the navigation, and every stop shows its focus", async () => {
  const fixture = await startFixture();
  const { page, close } = await open(browser, `${fixture.url}/incidents/inc_01jw8q4d9nfxgk`);
  await page.keyboard.press("Tab");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
  for (let stop = 0; stop < 20; stop++) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => {
      const element = document.activeElement;
      return element && element !== document.body ? getComputedStyle(element).outlineStyle : "left the page";
    });
    expect(outline).not.toBe("none");
  }
  await close();
  await fixture.stop();
});
