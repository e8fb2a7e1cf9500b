// A real Chromium over the built bundle, and what went wrong in it.
import { existsSync } from "node:fs";

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

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
  await page.goto(url, { waitUntil: "networkidle" });
  // On a busy machine the network may idle before anything is there.
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.waitForFunction(() =>
    [...document.querySelectorAll('[role="status"]')].every((each) => !each.textContent.startsWith("Loading ")),
  );
  return { page, wrong, close: () => context.close() };
};

export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
