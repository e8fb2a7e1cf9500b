// What pages were worth over the range in the URL: proposals first, then everybody who paged.
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";

import type { AlertLedger } from "@/api/contract";
import { alertLedgerQuery, LEDGER_MINUTES_DEFAULT, LEDGER_PAGES_MAX } from "@/api/get-alert-ledger";
import { paths } from "@/app/paths";
import { AccountTable } from "@/features/ledger/account-table";
import { Demotion } from "@/features/ledger/demotion";
import { MarkShares } from "@/features/ledger/mark-shares";
import { RangeLinks } from "@/features/ledger/range-links";
import { RANGES, searchOf } from "@/features/ledger/ranges";
import { count } from "@/lib/quantity";
import { Banner } from "@/ui/banner";
import { Stack } from "@/ui/columns";
import { Empty } from "@/ui/empty";
import { Instant } from "@/ui/instant";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";

import { OnCallPages } from "./neighbours";

const HowToMark = () => (
  <>
    on the page of its <Link to={paths.incidents} search={{ state: "all" }}>incident</Link>, or with <code className="mono">outproof mark INC noise</code>
  </>
);

const NobodyPaged = ({ minutes }: { minutes: number }) => {
  const longer = RANGES.find((each) => each.minutes > minutes);
  return (
    <Empty title="Nobody was paged in this range">
      That is no proof that nothing broke. When somebody is paged, say what it was worth, <HowToMark />: marks are what
      precision and proposals are made of.{" "}
      {longer ? <Link to={paths.alertLedger} search={searchOf(longer.minutes)}>Look at {longer.label}</Link> : null}
    </Empty>
  );
};

const Proposals = ({ accounts }: Pick<AlertLedger, "accounts">) => {
  const found = accounts.flatMap(({ source, demotion }) => (demotion === null ? [] : [{ source, demotion }]));
  return found.length === 0 ? null : (
    <Section title="Proposals" side="wrong more often than right, beyond chance">
      <Stack>
        {found.map(({ source, demotion }) => (
          <Demotion key={`${source.type} ${source.name}`} source={source} demotion={demotion} named />
        ))}
      </Stack>
    </Section>
  );
};

const Ledger = ({ ledger: { accounts, start, end, is_cut } }: { ledger: AlertLedger }) => (
  <>
    {is_cut ? (
      <Banner tone="doubt" icon="question" title={`Only the newest ${count(LEDGER_PAGES_MAX) ?? ""} pages of this range are counted`}>
        <p>Choose a shorter range to count all of its pages.</p>
      </Banner>
    ) : null}
    <Proposals accounts={accounts} />
    <MarkShares accounts={accounts} side={<><Instant at={start} /> to <Instant at={end} /></>} />
    <Section title="By who paged" side="proposals first, then who pages most" flush>
      <AccountTable accounts={accounts} />
    </Section>
    {accounts.some(({ pages, marked }) => pages > marked) ? (
      <p className="quiet">A page that nobody marked says nothing of precision. Mark it <HowToMark />.</p>
    ) : null}
  </>
);

export const AlertLedgerPage = () => {
  const { minutes = LEDGER_MINUTES_DEFAULT } = useSearch({ from: paths.alertLedger });
  const query = useQuery(alertLedgerQuery(minutes));
  return (
    <Page
      title="Alert ledger"
      lead="What pages were worth, by who paged. Precision is the share of marked pages that were right to wake somebody: acted on, or too late."
      neighbours={<OnCallPages />}
      side={<RangeLinks asked={minutes} />}
    >
      <Loaded query={query} what="the alert ledger" rows={6}>
        {(ledger) => (ledger.accounts.length === 0 ? <NobodyPaged minutes={minutes} /> : <Ledger ledger={ledger} />)}
      </Loaded>
    </Page>
  );
};
