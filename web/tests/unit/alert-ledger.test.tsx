import { expect, test } from "vitest";

import { partOf, precisionOf, totalOf, worthOf } from "@/features/ledger/account";
import { Demotion } from "@/features/ledger/demotion";
import { Precision } from "@/features/ledger/measures";
import { RANGES, searchOf } from "@/features/ledger/ranges";

import { accounts } from "../fixture/alert-ledger.mjs";
import { show, text } from "./on-screen";

const accountOf = (name: string) => {
  const found = accounts.find(({ source }) => source.name === name);
  if (!found) throw new Error(`the fixture has ${name}`);
  return found;
};

test("a page that was right but too late counts as right, as the server counts it", () => {
  const { count, of, ratio } = precisionOf(accountOf("nightly-digests"));
  expect([count, of, ratio]).toEqual([5, 5, 1]);
});

test.each(accounts)("the counts of $source.name make the ratio that is shown", (account) => {
  const { count, of, ratio } = precisionOf(account);
  expect(ratio === null ? of : Math.abs(count / of - ratio)).toBeLessThan(1e-4);
});

test("of nothing there is no share, and none is no share of something", () => {
  expect(partOf(0, 0).ratio).toBeNull();
  expect(partOf(0, 4).ratio).toBe(0);
});

test("pages add up over all who paged, and so do their marks", () => {
  expect(totalOf(accounts)).toEqual({ pages: 50, marked: 29, marks: { acted_on: 6, noise: 18, duplicate: 3, too_late: 2 } });
  expect(totalOf([])).toEqual({ pages: 0, marked: 0, marks: { acted_on: 0, noise: 0, duplicate: 0, too_late: 0 } });
});

test("what the pages of one were worth adds up to them, and says what nobody marked", () => {
  expect(worthOf(accountOf("slow-first-token"))).toEqual(["1 acted on", "12 noise", "1 duplicate", "7 unmarked"]);
  expect(worthOf(accountOf("error-budget"))).toEqual(["11 unmarked"]);
});

test("precision shows its counts and its interval, and without marks it is no data", async () => {
  await show(<><Precision account={accountOf("slow-first-token")} />; <Precision account={accountOf("error-budget")} /></>);
  expect(text()).toBe("7.1% 1 of 14 marked 95% interval 1.3% to 31.5%; no data 0 of 0 marked ");
});

test("a proposal says what to do: the file of a policy, or the route of what no file declares", async () => {
  const [policy, other] = [accountOf("slow-first-token"), accountOf("tool_loop")];
  if (!policy.demotion || !other.demotion) throw new Error("both propose");
  await show(<><Demotion source={policy.source} demotion={policy.demotion} named /><Demotion source={other.source} demotion={other.demotion} named /></>);
  expect(text()).toContain("slow-first-token: make it info instead of warning");
  expect(text()).toContain("change the policy in its file if you agree. Another limit may be enough: calibrate it on its page.");
  expect(text()).toContain("tool loop: let it wake nobody, or mend what raises it");
  expect(text()).toContain('who is told of it is decided by the routes, where kind="tool_loop" matches it.');
});

test("the usual range is left out of the address", () => {
  expect(RANGES.map(({ minutes }) => searchOf(minutes))).toEqual([{ minutes: 10_080 }, { minutes: 20_160 }, {}]);
});
