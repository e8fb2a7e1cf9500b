import { expect, test } from "vitest";

import { aSite } from "./site";

const site = aSite();

test("a policy that woke people for nothing comes first, says what to do about it, and leads to its page", async () => {
  const page = await site.at("/incidents");
  await page.getByRole("navigation", { name: "On call" }).getByRole("link", { name: "Alert ledger" }).click();
  const proposals = page.getByRole("region", { name: "Proposals" });
  await expect.poll(() => proposals.innerText()).toMatch(/slow-first-token: make it info instead of warning[^]*1 of 14 marked pages were right[^]*Nothing changes by itself: change the policy in its file/);
  const table = page.getByRole("region", { name: "By who paged" });
  await expect.poll(() => table.getByRole("row").nth(1).innerText()).toMatch(/slow-first-token[^]*proposed: info[^]*7\.1% 1 of 14 marked[^]*1\.3% to 31\.5%/);
  await proposals.getByRole("link", { name: "slow-first-token" }).click();
  await page.getByRole("heading", { level: 1, name: "slow-first-token" }).waitFor();
});

test("pages that nobody marked have no precision, and the page says how to mark them", async () => {
  const page = await site.at("/alert-ledger");
  const row = page.getByRole("row", { name: /^error-budget/ });
  await expect.poll(() => row.innerText()).toMatch(/11[^]*no data 0 of 0 marked/);
  expect(await row.innerText()).not.toContain("%");
  await expect.poll(() => page.getByRole("main").innerText()).toContain("outproof mark INC noise");
});

test("the range is in the address, and the usual one is not", async () => {
  const page = await site.at("/alert-ledger");
  const current = page.getByRole("navigation", { name: "Time range" }).locator("[aria-current]");
  await expect.poll(() => current.innerText()).toBe("28 days");
  await page.getByRole("link", { name: "7 days" }).click();
  await page.waitForURL(/minutes=10080$/);
  await expect.poll(() => current.innerText()).toBe("7 days");
  await page.getByRole("link", { name: "28 days" }).click();
  await page.waitForURL(/alert-ledger$/);
});

test("where nobody was paged, it says what to do when somebody is, and offers a longer range", async () => {
  const page = await site.at("/alert-ledger?minutes=10080", { world: "empty" });
  await expect.poll(() => page.getByRole("main").innerText()).toMatch(/Nobody was paged in this range[^]*no proof that nothing broke[^]*outproof mark INC noise/);
  await page.getByRole("link", { name: "Look at 14 days" }).click();
  await page.waitForURL(/minutes=20160$/);
});
