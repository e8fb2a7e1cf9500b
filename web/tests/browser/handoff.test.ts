import { expect, test } from "vitest";

import { bottomOf } from "./chromium";
import { aSite } from "./site";

const BATCH = "/incidents/inc_01jw8pz0c2batch";

const site = aSite();

test("the first check, whether it may be done again and what is known are on the first screen", async () => {
  const page = await site.at(BATCH);
  for (const words of ["Open the digest page of one customer, then look", "Nobody knows yet: check first", "Look whether anything of run", "Known bad", "1,210"]) {
    await expect.poll(() => bottomOf(page.getByRole("main").getByText(words).first()), { message: words }).toBeLessThan(900);
  }
});

test("an action is previewed, done, and then in the history, all by keyboard", async () => {
  const page = await site.at(BATCH);
  await page.getByRole("button", { name: "Preview retry-missing" }).focus();
  await page.keyboard.press("Enter");
  const form = page.getByRole("form", { name: "Prepare retry-missing" });
  await form.getByRole("button", { name: "Show what it would do" }).click();
  await form.getByText("A value is needed.").waitFor();
  await form.getByLabel("items").fill("cust-0007\ncust-0019");
  await form.getByLabel("speed").selectOption("gentle");
  await form.getByLabel("attempts").fill("2");
  await form.getByLabel("dry_run").check();
  await page.keyboard.press("Enter");
  const confirm = page.getByRole("form", { name: "Confirm retry-missing" });
  await confirm.getByText("It is done for 2 items.").waitFor();
  await expect.poll(() => confirm.evaluate((element) => element === document.activeElement)).toBe(true);
  await expect.poll(() => confirm.getByLabel("The command").innerText()).toContain("--speed\ngentle\ncust-0007\ncust-0019");
  expect(site.fixture.world.handoffs.inc_01jw8pz0c2batch?.history).toHaveLength(3);
  await confirm.getByLabel("Your name").fill("Noor");
  await page.keyboard.press("Enter");
  await page.getByRole("status").getByText("succeeded").waitFor();
  const done = page.getByRole("region", { name: "What was done" });
  await done.getByText("by Noor").waitFor();
  const record = site.fixture.world.handoffs.inc_01jw8pz0c2batch?.history.at(-1);
  expect(record?.parameters).toEqual({ items: ["cust-0007", "cust-0019"], speed: "gentle", attempts: 2, dry_run: true });
  expect(record?.forced).toBe(false);
  const leave = page.getByRole("button", { name: "Close", exact: true });
  await expect.poll(() => leave.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  const again = page.getByRole("button", { name: "Preview retry-missing" });
  await again.waitFor();
  await expect.poll(() => again.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(site.opened.wrong).toEqual([]);
});

test("what was done before is shown instead of being done twice", async () => {
  const page = await site.at(BATCH);
  const ask = async () => {
    await page.getByRole("button", { name: "Preview look-again" }).click();
  };
  await ask();
  await page.getByLabel("Your name").fill("Noor");
  await page.getByRole("button", { name: "Do it", exact: true }).click();
  await page.getByRole("status").getByText("succeeded").waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await ask();
  await page.getByText("Asking again changes nothing.").waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Do it", exact: true }).count()).toBe(0);
  expect(site.fixture.world.handoffs.inc_01jw8pz0c2batch?.history).toHaveLength(4);
});

test("an act is taken back from the history by the action that does so", async () => {
  const page = await site.at(BATCH);
  await page.getByRole("button", { name: "Take back hold-page" }).click();
  const confirm = page.getByRole("form", { name: "Confirm release-page" });
  await confirm.getByText("It takes back hold-page").waitFor();
  await confirm.getByLabel("Your name").fill("Noor");
  await confirm.getByRole("button", { name: "Do it" }).click();
  await page.getByText("taken back since").waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Take back hold-page" }).count()).toBe(0);
});

test("an unsafe retry says why it is refused, and is done only after its name was typed", async () => {
  const page = await site.at("/incidents/inc_01jw9letters");
  await page.getByRole("button", { name: "Preview send-again" }).click();
  const confirm = page.getByRole("form", { name: "Confirm send-again" });
  await confirm.getByRole("alert").getByText(/Not safe to do again: the job says that it is saved/).waitFor();
  await confirm.getByLabel("Your name").fill("Noor");
  const doIt = confirm.getByRole("button", { name: "Do it all the same" });
  await expect.poll(() => doIt.isDisabled()).toBe(true);
  const typed = confirm.getByLabel("If you know better, type: do send-again");
  await typed.fill("do send");
  await expect.poll(() => doIt.isDisabled()).toBe(true);
  await page.keyboard.press("Enter");
  expect(site.fixture.world.handoffs.inc_01jw9letters?.history).toEqual([]);
  await typed.fill("do send-again");
  await doIt.click();
  await page.getByRole("region", { name: "What was done" }).getByText("although something spoke against it").waitFor();
  expect(site.fixture.world.handoffs.inc_01jw9letters?.history[0]?.forced).toBe(true);
});

test("what begins to speak against an action after its preview is shown, and nothing is done", async () => {
  const page = await site.at("/incidents/inc_01jw8pz0c2batch");
  await page.getByRole("button", { name: "Preview retry-missing" }).click();
  await page.getByLabel("items").fill("cust-0007");
  await page.getByLabel("speed").selectOption("full");
  await page.getByRole("button", { name: "Show what it would do" }).click();
  await page.getByLabel("Your name").fill("Noor");
  const before = site.fixture.world.handoffs.inc_01jw8pz0c2batch;
  const unsafe = site.fixture.world.handoffs.inc_01jw9letters?.retry_safety;
  if (!before || !unsafe) throw new Error("the fixture has both");
  site.fixture.world.handoffs = { ...site.fixture.world.handoffs, inc_01jw8pz0c2batch: { ...before, retry_safety: unsafe } };
  await page.getByRole("button", { name: "Do it", exact: true }).click();
  await page.getByRole("alert").getByText(/Not safe to do again/).waitFor();
  expect(site.fixture.world.handoffs.inc_01jw8pz0c2batch?.history).toHaveLength(3);
});

test("a value that the server refuses says why, and stays to be corrected", async () => {
  const page = await site.at(BATCH);
  await page.getByRole("button", { name: "Preview retry-missing" }).click();
  await page.getByLabel("speed").selectOption("full");
  await page.getByLabel("items").fill("cust-0007");
  await page.getByLabel("attempts", { exact: true }).fill("99");
  await page.getByRole("button", { name: "Show what it would do" }).click();
  await page.getByRole("alert").getByText("expected at most 10 as attempts").waitFor();
  await expect.poll(() => page.getByLabel("attempts", { exact: true }).inputValue()).toBe("99");
});

test("a draft for users and ids can be read on a phone without scrolling sideways", async () => {
  const page = await site.at("/incidents/inc_01jw9items", { viewport: { width: 360, height: 900 } });
  await page.getByRole("button", { name: "7 items left to do" }).click();
  await page.getByRole("list", { name: "Ids of items left to do" }).getByText("sku-failed-001").waitFor();
  await page.getByText("There is a problem with one of our updates").waitFor();
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});

test("an incident is closed by hand with a reason, which stays on its timeline", async () => {
  const page = await site.at(BATCH);
  await page.getByRole("button", { name: "Close by hand…" }).click();
  const form = page.getByRole("form", { name: "Close this incident by hand" });
  await form.getByLabel("Your name").fill("Noor");
  await expect.poll(() => form.getByRole("button", { name: "Close this incident" }).isDisabled()).toBe(true);
  await form.getByLabel("Why no proof will end it").fill("the batch is not needed any more");
  await form.getByRole("button", { name: "Close this incident" }).click();
  await page.getByRole("region", { name: "Timeline" }).getByText("closed by Noor: the batch is not needed any more").waitFor();
  await page.getByText("resolved", { exact: true }).waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Close by hand…" }).count()).toBe(0);
});

test("the evidence packet is downloaded under the incident's id", async () => {
  const page = await site.at(BATCH);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the evidence packet" }).click();
  expect((await download).suggestedFilename()).toBe("inc_01jw8pz0c2batch.json");
});

test("a drill's incident is marked, offers nothing to do, and is listed only with the drills", async () => {
  const page = await site.at("/incidents");
  const drill = page.getByRole("link", { name: /drl_01jwrunning is not proven persisted/ });
  await page.getByText("Nightly digests are not visible").waitFor();
  await expect.poll(() => drill.count()).toBe(0);
  await page.getByRole("link", { name: "with drills" }).click();
  await drill.click();
  await page.getByText("This is a drill: it was broken on purpose.").waitFor();
  await page.getByText("May it be done again?").waitFor();
  await expect.poll(() => page.getByRole("button", { name: /^Preview/ }).count()).toBe(0);
  await expect.poll(() => page.getByText("[drill]").count()).toBe(1);
});
