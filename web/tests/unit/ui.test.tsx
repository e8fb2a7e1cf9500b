import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { safeUrl } from "@/lib/safe-url";
import { visible } from "@/lib/visible-text";
import { CopyableId } from "@/ui/copyable-id";
import { Evidence } from "@/ui/evidence";
import { Money } from "@/ui/money";
import { OutboundLink } from "@/ui/outbound-link";
import { Share, Shares } from "@/ui/share";
import { StageStepper } from "@/ui/stage-stepper";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { show, text } from "./on-screen";

test("a share of nothing reads no data, not zero percent", async () => {
  await show(
    <Shares>
      <Share label="Unsafe served" hint="answers" share={{ count: 0, of: 0, ratio: null, interval: null }} />
    </Shares>,
  );
  expect(text()).toContain("no data");
  expect(text()).not.toContain("%");
});

test("a share shows its ratio, its counts and its interval", async () => {
  await show(
    <Shares>
      <Share label="Unsafe served" hint="answers" share={{ count: 2, of: 6, ratio: 2 / 6, interval: [0.0968, 0.7] }} />
    </Shares>,
  );
  expect(text()).toContain("33.3%");
  expect(text()).toContain("2 of 6 answers");
  expect(text()).toContain("95% interval 9.7% to 70.0%");
});

test("unknown evidence reads unknown, an empty text reads empty, false reads no and zero reads 0", async () => {
  await show(
    <Evidence
      facts={[
        { key: "deploy_sha", label: "Deploy SHA", value: null },
        { key: "note", label: "Note", value: "" },
        { key: "safe", label: "Safe", value: false },
        { key: "skipped", label: "Skipped", value: 0 },
      ]}
    />,
  );
  expect([...document.querySelectorAll("dd")].map((each) => each.textContent)).toEqual(["unknown", "(empty)", "no", "0"]);
});

test("an unpriced cost is unknown and says that there is no rate card", async () => {
  await show(<Money nanoUsd={null} rateCard={null} />);
  expect(text()).toBe("unknown no rate card");
});

test("a missing id and a missing instant read unknown", async () => {
  await show(
    <>
      <CopyableId id={null} what="request id" />, <TimeAgo at={null} />, <Text>{null}</Text>
    </>,
  );
  expect(text()).toBe("unknown, unknown, unknown");
});

test("an id is copied by a button that names it", async () => {
  await show(<CopyableId id="req_205" what="request id" />);
  expect(screen.getByRole("button", { name: "Copy request id req_205" })).toBeTruthy();
});

const unseen = { expires_at: null, surface: null, measured: [] };

test("stages keep a missing proof apart from a failed and from a not required one", async () => {
  await show(
    <StageStepper
      stages={[
        { ...unseen, stage: "generated", state: "not_required", observer: null, at: null, detail: null },
        { ...unseen, stage: "validated", state: "passed", observer: "job", at: "2026-05-27T03:00:00Z", detail: null },
        { ...unseen, stage: "persisted", state: "missing", observer: "independent", at: null, detail: null },
        { ...unseen, stage: "visible", state: "failed", observer: "probe", at: "2026-05-27T03:05:00Z", detail: "404", measured: [{ name: "duration_s", value: 0.184 }, { name: "rows", value: 0 }] },
      ]}
    />,
  );
  const steps = [...screen.getByRole("list", { name: "Stages of the run" }).children].map((each) => each.textContent);
  expect(steps[0]).toContain("not required");
  expect(steps[1]).toContain("seen by the job itself at 03:00:00 UTC");
  expect(steps[2]).toContain("no proof");
  expect(steps[2]).toContain("must be seen by an independent checker");
  expect(steps[2]).not.toContain(" seen by an independent checker at");
  expect(steps[3]).toContain("failed");
  expect(steps[3]).toContain("Outproof's probe");
  expect(screen.getByRole("list", { name: "Measured of visible" }).textContent).toBe("duration 184 msrows 0");
});

test("only http and https become links", async () => {
  for (const url of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/relative", "", " javascript:x"]) {
    expect(safeUrl(url)).toBeNull();
  }
  await show(
    <>
      <OutboundLink url="javascript:alert(1)" />
      <OutboundLink url="https://runbooks.example/a" />
    </>,
  );
  const links = screen.getAllByRole("link");
  expect(links).toHaveLength(1);
  expect(links[0]?.getAttribute("href")).toBe("https://runbooks.example/a");
  expect(links[0]?.getAttribute("rel")).toBe("noopener noreferrer");
});

test("markup is text, and characters that hide or turn text around are written out", async () => {
  await show(<Text>{"<b>bold</b> \u202egnp.exe\u0000"}</Text>);
  expect(document.querySelector("b")).toBeNull();
  expect(text()).toBe("<b>bold</b> \\u202egnp.exe\\u0000");
});

test("a very long text is cut, and the cut is stated", () => {
  expect(visible("x".repeat(5_000))).toMatch(/x … \(1000 more characters\)$/);
});
