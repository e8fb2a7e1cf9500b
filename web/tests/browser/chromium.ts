// A real Chromium over the built bundle, and what went wrong in it.
import { existsSync } from "node:fs";

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

/** The shell draws the same pages and starts them in a fraction of the time. */
const INSTALLED = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];
const CHROMIUM = process.env.CHROMIUM ?? INSTALLED.find((path) => existsSync(path)) ?? "/usr/bin/chromium";

export const launch = async (): Promise<Browser> => {
  if (!existsSync("dist/index.html")) throw new Error("dist/index.html is missing: run `npm run build` first");
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: install Chromium or name one in CHROMIUM`);
  return chromium.launch({
    executablePath: CHROMIUM,
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
  close: () => Promise<void>;
}

export const open = async (browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) wrong.push(`outside request: ${request.url()}`);
  });
  const visit = async (address: string): Promise<void> => {
    wrong.length = 0;
    await page.goto(address);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[role="status"]')].every((each) => !each.textContent.startsWith("Loading ")),
    );
  };
  await visit(url);
  return { page, wrong, visit, close: () => context.close() };
};

export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
