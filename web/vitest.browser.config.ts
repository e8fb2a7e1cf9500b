// Browser tests: the built bundle in a real Chromium, against the fixture API. Needs `vite build` first.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    include: ["tests/browser/**/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    maxWorkers: 3,
    expect: { poll: { timeout: 45_000 } }, // a page on a busy machine takes its time
  },
});
