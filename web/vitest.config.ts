// Unit tests: components and functions in a simulated document, no server.
import { defineConfig, mergeConfig } from "vitest/config";

import vite from "./vite.config.ts";

export default mergeConfig(
  vite,
  defineConfig({
    test: {
      environment: "jsdom",
      include: ["tests/unit/**/*.test.{ts,tsx}"],
      setupFiles: ["tests/unit/setup.ts"],
      css: false,
      testTimeout: 60_000, // a busy machine is not a finding
      hookTimeout: 60_000,
      teardownTimeout: 60_000,
    },
  }),
);
