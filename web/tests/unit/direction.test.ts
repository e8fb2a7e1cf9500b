import { expect, test } from "vitest";

import { complaint } from "../../eslint/direction.js";

test.each([
  ["lib/money.ts", "@/ui/page"],
  ["api/client.ts", "@/features/runs/run-list"],
  ["ui/page.tsx", "@/charts/bars"],
  ["features/runs/run-list.tsx", "@/features/incidents/incident-list"],
  ["features/runs/run-list.tsx", "@/pages/run-page"],
  ["pages/run-page.tsx", "@/app/router"],
  ["ui/page.tsx", "../lib/money"],
  ["ui/page.tsx", "@/ui/icon"],
  ["ui/page.tsx", "@/helpers/x"],
])("%s may not import %s", (importer, source) => expect(complaint(importer, source)).not.toBeNull());

test.each([
  ["ui/page.tsx", "@/lib/money"],
  ["ui/page.tsx", "./icon"],
  ["features/runs/run-list.tsx", "@/ui/page"],
  ["features/runs/run-list.tsx", "@/app/paths"],
  ["pages/run-page.tsx", "@/features/runs/run-list"],
  ["app/router.tsx", "@/pages/run-page"],
  ["ui/page.tsx", "react"],
])("%s may import %s", (importer, source) => expect(complaint(importer, source)).toBeNull());
