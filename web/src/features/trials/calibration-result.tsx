// Limits from the most to the least sensitive: the false alarms each would have brought, and what it would have caught.
import type { Calibration } from "@/api/contract";
import { count, duration, percent } from "@/lib/quantity";
import { sentence } from "@/lib/sentence";
import { Badge } from "@/ui/badge";
import { Stack } from "@/ui/columns";
import { DataTable, type Column } from "@/ui/data-table";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

import { perWeek } from "./rate-text";

type Limit = Calibration["limits"][number];

const COLUMNS: readonly Column<Limit>[] = [
  {
    key: "limit",
    head: "Limit",
    heading: true,
    cell: ({ text, is_current, is_proposed }) => (
      <span>
        <Text mono>{text}</Text> {is_proposed ? <Badge tone="good" icon="tick">proposed</Badge> : null} {is_current ? <Badge tone="info" icon="circle">now</Badge> : null}
      </span>
    ),
  },
  { key: "false", head: "False / week", number: true, cell: ({ false_alarms }) => <span>{perWeek(false_alarms.per_week)} <span className="quiet">≤ {perWeek(false_alarms.upper_per_week)}</span></span> },
  { key: "alarms", head: "Pages / week", number: true, cell: ({ alarms }) => perWeek(alarms.per_week) },
  { key: "missed", head: "Breaks missed", number: true, cell: ({ missed }) => count(missed) ?? <Unknown /> },
  { key: "detect", head: "Detects in", number: true, cell: ({ detect_s_median }) => (detect_s_median === null ? <Unknown word="no data" /> : duration(detect_s_median)) },
];

export const CalibrationResult = ({ calibration }: { calibration: Calibration }) => {
  const { shares } = calibration.baseline;
  return (
    <Stack>
      <p>
        {calibration.proposed === null ? (
          <>
            No limit is proposed that keeps to {perWeek(calibration.allowed_per_week)} false alarms per week.{" "}
            {calibration.lacking === null ? "Measure over a longer window, or ask for more broken looks in a row." : <Text>{`${sentence(calibration.lacking)}.`}</Text>}
          </>
        ) : (
          <>
            Proposed: <b><Text mono>{calibration.proposed}</Text></b>, which keeps to {perWeek(calibration.allowed_per_week)} false alarms per week. Write it into the file of the policy if you agree.
          </>
        )}
      </p>
      {calibration.limits.length === 0 ? null : <DataTable caption="Limits that were tried" columns={COLUMNS} rows={calibration.limits} keyOf={({ text }) => text} />}
      <p className="quiet">
        Baseline: {count(calibration.baseline.looks)} looks, {count(calibration.baseline.without_data)} of them without data, {count(calibration.baseline.during_breaks)} during known breaks and left out{shares.length === 0 ? null : <>; {shares.map(({ ratio, text }) => `${percent(ratio) ?? ""} up to ${text}`).join(", ")}</>}. The figure after ≤ is the 95% upper bound.
      </p>
      {calibration.remarks.length === 0 ? null : (
        <ul className="quiet">{calibration.remarks.map((remark) => <li key={remark}><Text>{remark}</Text></li>)}</ul>
      )}
    </Stack>
  );
};
