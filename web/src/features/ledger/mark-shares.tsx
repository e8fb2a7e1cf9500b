// What all pages of the range were worth together, as far as anybody said.
import type { LedgerAccount } from "@/api/contract";
import { sentence } from "@/lib/sentence";
import { Section } from "@/ui/section";
import { Share, Shares } from "@/ui/share";

import { MARKS, partOf, totalOf } from "./account";

export const MarkShares = ({ accounts, side }: { accounts: readonly LedgerAccount[]; side: React.ReactNode }) => {
  const { pages, marked, marks } = totalOf(accounts);
  return (
    <Section title="All pages" side={side} flush>
      <Shares>
        {MARKS.map(([mark, word]) => (
          <Share key={mark} label={sentence(word)} share={partOf(marks[mark], marked)} tone={mark === "noise" ? "warning" : "neutral"} hint="marked pages" />
        ))}
        <Share label="Unmarked" share={partOf(pages - marked, pages)} hint="pages" />
      </Shares>
    </Section>
  );
};
