import { expect, test } from "vitest";

import { overflows } from "./chromium";
import { aSite } from "./site";

const site = aSite();

test("what is missing stands first, and what nobody stated is unknown, not zero", async () => {
  const page = await site.at("/conservation");
  await expect.poll(() => page.getByRole("main").innerText()).toContain("17 items cannot be accounted for.");
  const silent = page.getByRole("region", { name: "Clients that do not state what they emit" });
  await expect.poll(() => silent.getByRole("row").nth(1).innerText()).toMatch(/unknown[^]*311[^]*unknown/);
  const lost = page.getByRole("region", { name: "digest-writer" });
  await expect.poll(() => lost.innerText()).toContain("17 missing");
});

test("the processes of a service open on demand, on a narrow screen too", async () => {
  const page = await site.at("/conservation");
  await page.setViewportSize({ width: 360, height: 740 });
  const service = page.getByRole("region", { name: "tracking-answerer" });
  await service.getByRole("button", { name: "2 processes" }).click();
  await expect.poll(() => service.innerText()).toContain("3 min 4 s behind");
  await expect.poll(() => overflows(page)).toBe(false);
});

test("it is found from the status page, and an empty server says what to expect", async () => {
  const page = await site.at("/status", { world: "empty" });
  await page.getByRole("link", { name: "where everything is" }).click();
  await page.getByRole("heading", { level: 1, name: "Conservation" }).waitFor();
  await expect.poll(() => page.getByRole("main").innerText()).toContain("Nobody has stated anything yet");
});

test("a component that hangs is shown as stalled, one that fails with its reason", async () => {
  const page = await site.at("/status");
  const row = (name: string) => page.getByRole("row", { name: new RegExp(`^${name} `) });
  await expect.poll(() => row("decide").innerText()).toMatch(/stalled[^]*decide has done nothing for 42 s/);
  await expect.poll(() => row("probe").innerText()).toMatch(/fails[^]*answered after 30 s/);
  await expect.poll(() => row("roll").innerText()).toContain("works");
});
