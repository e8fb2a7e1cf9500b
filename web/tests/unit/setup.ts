// What the simulated document lacks and the components ask for.
import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

afterEach(cleanup);

// A machine that stands still for a while is not a finding.
configure({ asyncUtilTimeout: 30_000 });

// Mantine asks for the colour scheme of the system; jsdom has no answer.
vi.stubGlobal("matchMedia", (query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  addListener: () => undefined,
  removeListener: () => undefined,
}));

// The router scrolls to the top after a move; jsdom has no layout to scroll.
vi.stubGlobal("scrollTo", () => undefined);
