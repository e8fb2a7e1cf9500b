// A fresh server of made-up facts for each test of a file, and the page a test opens on it.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

import { startFixture } from "../fixture/server.mjs";
import { launch, open, type Opened, type Options } from "./chromium";

type Fixture = Awaited<ReturnType<typeof startFixture>>;

export interface Site {
  fixture: Fixture;
  opened: Opened;
  /** Open a page of the server, or of one whose world is named. */
  at: (path: string, options?: Options & { world?: "empty" }) => Promise<Page>;
}

export const aSite = (): Site => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    site.fixture = await startFixture();
  });
  afterEach(async () => {
    await site.opened.close();
    await site.fixture.stop();
  });
  const site = {
    at: async (path, { world, ...options } = {}) => {
      if (world !== undefined) {
        await site.fixture.stop();
        site.fixture = await startFixture({ world });
      }
      site.opened = await open(browser, site.fixture.url + path, options);
      return site.opened.page;
    },
  } as Site;
  return site;
};
