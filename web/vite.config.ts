// The build of the UI: src in, dist out, every asset under /assets/ with its hash in its name.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const SERVER = "http://127.0.0.1:4318";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": `${import.meta.dirname}/src` } },
  build: {
    outDir: "dist",
    assetsDir: "assets",
    // A data: URL would need its own exception in the content security policy.
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
  },
  server: { host: "127.0.0.1", proxy: { "/v1": SERVER } },
});
