// A real Chromium over the built bundle, and what went wrong in it.
import { existsSync } from "node:fs";

import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page, type Request } from "playwright-core";
import { vi } from "vitest";

/** The shell draws the same pages and starts them in a fraction of the time. */
const INSTALLED = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];
const CHROMIUM = process.env.CHROMIUM ?? INSTALLED.find((path) => existsSync(path)) ?? "/usr/bin/chromium";

/** How long anything in a page may take: a machine that stands still for a while is not a finding. */
const PATIENCE_MS = 60_000;

/** Nor does a page give up what it asked for meanwhile: an act whose answer is late would be refused for good. */
const NEVER_GIVES_UP = "AbortSignal.timeout = () => new AbortController().signal;";

/** Rounds of polling are 5 s and more apart. Where there are none, only the change stream can bring what is new. */
const NEVER_POLLS = "{ const every = setInterval; window.setInterval = (act, ms) => (ms < 5_000 ? every(act, ms) : 0); }";

export const launch = async (): Promise<Browser> => {
  if (!existsSync("dist/index.html")) throw new Error("dist/index.html is missing: run `npm run build` first");
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: install Chromium or name one in CHROMIUM`);
  return chromium.launch({
    executablePath: CHROMIUM,
    timeout: 2 * PATIENCE_MS,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
};

export interface Opened {
  page: Page;
  /** Console errors, exceptions, and requests to anywhere but the fixture. */
  wrong: string[];
  /** Load another address in the same page; what went wrong before is forgotten. */
  visit: (url: string) => Promise<void>;
  /** Wait until every request but the change stream is answered, and what the answers say is drawn. */
  quiet: () => Promise<void>;
  close: () => Promise<void>;
}

export type Options = BrowserContextOptions & { polls?: boolean };

export const open = async (browser: Browser, url: string, { polls = true, ...options }: Options = {}): Promise<Opened> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript({ content: NEVER_GIVES_UP + (polls ? "" : NEVER_POLLS) });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) wrong.push(`outside request: ${request.url()}`);
  });
  const asked = new Set<Request>();
  page.on("request", (request) => request.resourceType() !== "eventsource" && asked.add(request));
  page.on("requestfinished", (request) => asked.delete(request));
  page.on("requestfailed", (request) => asked.delete(request));
  const nothingAsked = async (): Promise<boolean> => {
    const before = asked.size;
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
    return before + asked.size === 0;
  };
  const quiet = async (): Promise<void> => {
    await vi.waitUntil(nothingAsked, { timeout: PATIENCE_MS });
  };
  const visit = async (address: string): Promise<void> => {
    wrong.length = 0;
    asked.clear();
    await page.goto(address);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[role="status"]')].every((each) => !each.textContent.startsWith("Loading ")),
    );
    await quiet();
  };
  await visit(url);
  return { page, wrong, visit, quiet, close: () => context.close() };
};

/** How far down the page something ends. */
export const bottomOf = async (element: Locator): Promise<number> => {
  const box = await element.boundingBox();
  return box ? box.y + box.height : Infinity;
};

export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
