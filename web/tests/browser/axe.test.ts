// What axe, the accessibility checker, finds on every page and in everything that opens on one, in both colour schemes.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startFixture } from "../fixture/server.mjs";
import { DELIVERY_TRACE } from "../fixture/traces.mjs";
import { launch, open, type Opened, overflows } from "./chromium";
import { PAGES } from "./pages";

interface Finding {
  id: string;
  nodes: { html: string }[];
}
interface Axe {
  run: (context: Document, options: { runOnly?: readonly string[] }) => Promise<{ violations: Finding[] }>;
}
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Axe is injected; and nothing is looked at while it changes: no colour into another, nothing by a round of polling. */
const FOR_AXE = { bypassCSP: true, reducedMotion: "reduce", polls: false } as const;

/** In the second scheme only what depends on colours is looked at again. */
const SCHEMES = [
  ["light", {}],
  ["dark", { runOnly: ["color-contrast", "link-in-text-block"] }],
] as const;

/** What axe finds in both colour schemes, each fully in place. */
const axeFindings = async ({ page, quiet }: Pick<Opened, "page" | "quiet">): Promise<string[]> => {
  // The stream, when it opens, has everything asked for anew.
  await page.getByText("Live", { exact: true }).waitFor();
  await quiet();
  await page.evaluate(AXE);
  const findings: string[] = [];
  for (const [colorScheme, options] of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction((scheme) => document.documentElement.dataset.mantineColorScheme === scheme, colorScheme);
    const { violations } = await page.evaluate((given) => (window as unknown as { axe: Axe }).axe.run(document, given), options);
    findings.push(...violations.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes[0]?.html ?? ""}`));
  }
  return findings;
};

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("in light and in dark", () => {
  let fixture: Awaited<ReturnType<typeof startFixture>>;
  let opened: Opened;
  beforeAll(async () => {
    fixture = await startFixture();
    opened = await open(browser, fixture.url, FOR_AXE);
  });
  afterAll(async () => {
    await opened.close();
    await fixture.stop();
  });

  test.each(PAGES)("axe finds nothing on %s", async (path) => {
    await opened.visit(fixture.url + path);
    expect(await axeFindings(opened)).toEqual([]);
  });
});

/** What is only there after somebody pressed something: opened by the names of the buttons, in turn. */
const OPENED: readonly [path: string, presses: readonly (string | RegExp)[]][] = [
  ["/incidents/inc_01jw8pz0c2batch", ["Preview retry-missing", "Close by hand…"]],
  ["/incidents/inc_01jw8pz0c2batch", ["Preview hold-page", "Show what it would do"]],
  ["/incidents/inc_01jw9items", [/7 items left to do/, "which items"]],
  ["/incidents/inc_01jw9letters", ["Preview send-again", "Split it off…"]],
  ["/incidents/inc_01jw8q4d9nfxgk", ["Assign…", "Mark it…", "Write a note…", "Merge it into another…"]],
  ["/silences", [/^Extend…$/, /^End…$/, "Silence something…"]],
  ["/policies/slow-first-token", ["3 pages it would have sent", "2 known breaks", "As its file says it", "What it changed", "Calibrate its limit…"]],
  ["/promises", [/3 weak points/, "Close all 2 by hand…"]],
  ["/promises/nightly-digests", [/8 checks/, "What it changed"]],
  ["/promises/catalogue-sync", ["Drill it now…"]],
  ["/runs/run_01jw9items", ["3 failed"]],
  ["/traces", ["Saved views, and a trace by its id"]],
  [`/traces/${DELIVERY_TRACE}/spans/0000000000000002`, [/facts, each with/]],
];

test.each(OPENED)("what opens on %s after %j fits 360 px, and axe finds nothing in it", async (path, presses) => {
  const fixture = await startFixture();
  const { page, wrong, quiet, close } = await open(browser, fixture.url + path, { viewport: { width: 360, height: 740 }, ...FOR_AXE });
  for (const name of presses) await page.getByRole("button", { name }).first().click();
  await quiet();
  await expect.poll(() => overflows(page)).toBe(false);
  expect(await axeFindings({ page, quiet })).toEqual([]);
  expect(wrong).toEqual([]);
  await close();
  await fixture.stop();
});
