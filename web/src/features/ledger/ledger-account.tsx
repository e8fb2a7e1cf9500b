// What the pages of one policy were worth in the last four weeks; a proposal to demote it, which nothing applies by itself.
import type { LedgerAccount as Account } from "@/api/contract";
import { count, counted, duration, percent } from "@/lib/quantity";
import { Banner } from "@/ui/banner";
import { Fact, Facts } from "@/ui/fact";
import { Section } from "@/ui/section";
import { Stack } from "@/ui/columns";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

const MARKS: readonly [keyof Account["marks"], string][] = [
  ["acted_on", "acted on"],
  ["noise", "noise"],
  ["duplicate", "duplicate"],
  ["too_late", "too late"],
];

const Demotion = ({ demotion }: { demotion: NonNullable<Account["demotion"]> }) => (
  <Banner
    tone="warning"
    icon="triangle"
    title={demotion.to === null ? "Proposed: take it out, or change what it asks" : `Proposed: make it ${demotion.to} instead of ${demotion.severity}`}
  >
    <p><Text>{demotion.reason}</Text></p>
    <p>Nothing changes by itself: change the policy in its file if you agree.</p>
  </Banner>
);

const Precision = ({ account }: { account: Account }) => {
  const { precision_ratio, precision_low_ratio, precision_high_ratio } = account;
  if (precision_ratio === null) return <Unknown word="no data" />;
  return (
    <>
      {percent(precision_ratio)}{" "}
      {precision_low_ratio === null ? null : <span className="quiet">95% interval {percent(precision_low_ratio)} to {percent(precision_high_ratio)}</span>}
    </>
  );
};

export const LedgerAccount = ({ account }: { account: Account | undefined }) => (
  <Section title="What its pages were worth" side="last 4 weeks">
    {account === undefined ? (
      <p className="quiet">It paged nobody. Once it does, mark each page on its incident: acted on, noise, duplicate or too late.</p>
    ) : (
      <Stack>
        {account.demotion === null ? null : <Demotion demotion={account.demotion} />}
        <Facts>
          <Fact label="Pages">{count(account.pages)}</Fact>
          <Fact label="Marked">
            {count(account.marked)}
            {account.marked === 0 ? <span className="quiet">: nobody has said what they were worth</span> : null}
          </Fact>
          <Fact label="Precision"><Precision account={account} /></Fact>
          <Fact label="Median time to detect">
            {account.detect_s_median === null ? <Unknown word="no data" /> : <>{duration(account.detect_s_median)} <span className="quiet">of {counted(account.detect_n, "page")}</span></>}
          </Fact>
          {MARKS.map(([mark, word]) => (
            <Fact key={mark} label={`Marked ${word}`}>{count(account.marks[mark])}</Fact>
          ))}
        </Facts>
      </Stack>
    )}
  </Section>
);
