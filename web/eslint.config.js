import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

import { direction } from "./eslint/direction.js";

export default tseslint.config(
  { ignores: ["dist", "src/api/schema.d.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Mutations and navigations are fired from event handlers; their failures are shown by the query.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      // TanStack Router signals "not found" and redirects by throwing its own objects.
      "@typescript-eslint/only-throw-error": "off",
    },
  },
  { files: ["src/**/*.tsx", "src/**/*.ts"], extends: [hooks.configs.flat["recommended-latest"]] },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { outproof: { rules: { direction } } },
    rules: { "outproof/direction": "error", "no-restricted-syntax": ["error", {
      selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
      message: "Text from the API is text, never markup.",
    }] },
  },
  {
    files: ["**/*.{js,mjs,ts,tsx}"],
    rules: { "max-lines": ["error", 250], eqeqeq: ["error", "always", { null: "ignore" }], "no-console": "error" },
  },
  {
    files: ["tests/fixture/*.mjs", "eslint/*.js", "*.config.js"],
    languageOptions: { globals: { process: "readonly", URL: "readonly", console: "readonly", setTimeout: "readonly", setInterval: "readonly", clearInterval: "readonly", Buffer: "readonly" } },
    rules: { "no-console": "off" },
  },
);
