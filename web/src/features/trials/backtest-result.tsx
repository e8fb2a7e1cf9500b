// What a policy would have done: pages, false alarms, what it would have caught and how soon, and what late data did.
import type { Backtest, Prediction } from "@/api/contract";
import { count, counted, duration, percent } from "@/lib/quantity";
import { Badge, type Tone } from "@/ui/badge";
import { Stack } from "@/ui/columns";
import { DataTable, type Column } from "@/ui/data-table";
import { Disclosure } from "@/ui/disclosure";
import { Fact, Facts } from "@/ui/fact";
import type { IconName } from "@/ui/icon";
import { Instant } from "@/ui/instant";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

import { RateText } from "./rate-text";

type Page = Prediction["pages"][number];
type Known = Prediction["breaks"][number];

const WORTH: Readonly<Record<Page["worth"], { tone: Tone; icon: IconName; word: string }>> = {
  caught: { tone: "good", icon: "tick", word: "caught" },
  false: { tone: "critical", icon: "cross", word: "false alarm" },
  unlabelled: { tone: "doubt", icon: "question", word: "nobody said" },
};

const PAGES: readonly Column<Page>[] = [
  { key: "at", head: "At", heading: true, cell: ({ at }) => <Instant at={at} /> },
  { key: "worth", head: "Worth", cell: ({ worth }) => <Badge tone={WORTH[worth].tone} icon={WORTH[worth].icon}>{WORTH[worth].word}</Badge> },
  { key: "why", head: "Why", cell: ({ reason, segments }) => <span><Text>{reason}</Text>{segments.length > 0 ? <span className="quiet"> in <Text>{segments.map((each) => each ?? "not said").join(", ")}</Text></span> : null}</span> },
  { key: "end", head: "Until", cell: ({ ended_at }) => (ended_at === null ? "still open" : <Instant at={ended_at} />) },
];

const BREAKS: readonly Column<Known>[] = [
  { key: "name", head: "What broke", heading: true, cell: ({ name }) => <Text>{name}</Text> },
  { key: "start", head: "From", cell: ({ start }) => <Instant at={start} /> },
  { key: "end", head: "Until", cell: ({ end }) => <Instant at={end} /> },
  { key: "detect", head: "Told after", cell: ({ detect_s }) => (detect_s === null ? <Badge tone="critical" icon="cross">not at all</Badge> : duration(detect_s)) },
];

const Late = ({ late, then, now }: Pick<Backtest, "late" | "then" | "now">) => {
  if (late.known_ratio === null) return <Unknown word="no data" />;
  const changed = late.taken_back + late.brought > 0;
  return (
    <>
      {changed
        ? `${counted(late.taken_back, "page")} went and ${counted(late.brought, "page")} came with what arrived late (${count(then.total.count) ?? ""} then, ${count(now.total.count) ?? ""} now).`
        : "No page would have gone or come."}{" "}
      <span className="quiet">
        {percent(late.known_ratio)} of the data was there when it was judged
        {late.median_delay_s === null ? "" : `; the rest came ${duration(late.median_delay_s) ?? ""} later at the median`}.
      </span>
    </>
  );
};

export const BacktestResult = ({ backtest }: { backtest: Backtest }) => {
  const { then, now } = backtest;
  return (
    <Stack>
      <Facts>
        <Fact label="Pages"><RateText rate={then.total} /></Fact>
        <Fact label="False alarms"><RateText rate={then.false_alarms} /></Fact>
        <Fact label="Of known breaks">
          {then.missed === null ? <Unknown /> : `${count(then.breaks.length - then.missed) ?? ""} of ${count(then.breaks.length) ?? ""} caught`}
        </Fact>
        <Fact label="Median time to detect">{then.detect_s_median === null ? <Unknown word="no data" /> : duration(then.detect_s_median)}</Fact>
        <Fact label="Looks without data">{`${count(backtest.without_data) ?? ""} of ${count(backtest.looks) ?? ""}`}</Fact>
        <Fact label="Effect of late data" wide><Late late={backtest.late} then={then} now={now} /></Fact>
      </Facts>
      {backtest.remarks.length === 0 ? null : (
        <ul className="quiet">{backtest.remarks.map((remark) => <li key={remark}><Text>{remark}</Text></li>)}</ul>
      )}
      {then.breaks.length === 0 ? null : (
        <Disclosure summary={counted(then.breaks.length, "known break")}>
          {() => <DataTable caption="Known breaks" columns={BREAKS} rows={then.breaks} keyOf={({ name, start }) => `${name} ${start}`} />}
        </Disclosure>
      )}
      {then.pages.length === 0 ? null : (
        <Disclosure summary={`${counted(then.pages.length, "page")} it would have sent`}>
          {() => <DataTable caption="Predicted pages" columns={PAGES} rows={then.pages} keyOf={({ at }, index) => `${at} ${index}`} />}
        </Disclosure>
      )}
    </Stack>
  );
};
