// What the pages of one policy were worth in the last four weeks; a proposal to demote it, which nothing applies by itself.
import { Link } from "@tanstack/react-router";

import type { LedgerAccount as Account } from "@/api/contract";
import { paths } from "@/app/paths";
import { count } from "@/lib/quantity";
import { Stack } from "@/ui/columns";
import { Fact, Facts } from "@/ui/fact";
import { Section } from "@/ui/section";

import { MARKS } from "./account";
import { Demotion } from "./demotion";
import { Precision, TimeToDetect } from "./measures";

export const LedgerAccount = ({ account }: { account: Account | undefined }) => (
  <Section title="What its pages were worth" side={<>last 28 days · <Link to={paths.alertLedger}>alert ledger</Link></>}>
    {account === undefined ? (
      <p className="quiet">It paged nobody. Once it does, mark each page on its incident: acted on, noise, duplicate or too late.</p>
    ) : (
      <Stack>
        {account.demotion === null ? null : <Demotion source={account.source} demotion={account.demotion} />}
        <Facts>
          <Fact label="Pages">{count(account.pages)}</Fact>
          <Fact label="Marked">
            {count(account.marked)}
            {account.marked === 0 ? <span className="quiet">: nobody has said what they were worth</span> : null}
          </Fact>
          <Fact label="Precision"><Precision account={account} /></Fact>
          <Fact label="Time to detect"><TimeToDetect account={account} /></Fact>
          {MARKS.map(([mark, word]) => (
            <Fact key={mark} label={`Marked ${word}`}>{count(account.marks[mark])}</Fact>
          ))}
        </Facts>
      </Stack>
    )}
  </Section>
);
