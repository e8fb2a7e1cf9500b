// Accounts of the alert ledger in; the shares that are read off them, and the words for what is proposed, out.
import type { LedgerAccount } from "@/api/contract";
import { count } from "@/lib/quantity";
import type { Counted } from "@/ui/share";

type Tally = Pick<LedgerAccount, "pages" | "marked" | "marks">;

export const MARKS: readonly (readonly [mark: keyof LedgerAccount["marks"], word: string])[] = [
  ["acted_on", "acted on"],
  ["noise", "noise"],
  ["duplicate", "duplicate"],
  ["too_late", "too late"],
];

/** What its pages were worth, by kind: "12 noise", "7 unmarked". What is none is left out, and the rest adds up to its pages. */
export const worthOf = ({ pages, marked, marks }: Tally): string[] => {
  const counts: [number, string][] = [...MARKS.map(([mark, word]): [number, string] => [marks[mark], word]), [pages - marked, "unmarked"]];
  return counts.filter(([number]) => number > 0).map(([number, word]) => `${count(number) ?? ""} ${word}`);
};

/** The share of marked pages that were right to wake somebody, be it too late. */
export const precisionOf = (account: LedgerAccount): Counted => {
  const { marks, marked, precision_ratio: ratio, precision_low_ratio: low, precision_high_ratio: high } = account;
  return { count: marks.acted_on + marks.too_late, of: marked, ratio, interval: low === null || high === null ? null : [low, high] };
};

/** A plain part of a whole: everything was counted, so there is no interval. Of nothing there is no ratio. */
export const partOf = (part: number, of: number): Counted => ({ count: part, of, ratio: of === 0 ? null : part / of, interval: null });

/** The pages of all accounts together. */
export const totalOf = (accounts: readonly Tally[]): Tally => {
  const sum = (read: (each: Tally) => number): number => accounts.reduce((before, each) => before + read(each), 0);
  return {
    pages: sum(({ pages }) => pages),
    marked: sum(({ marked }) => marked),
    marks: {
      acted_on: sum(({ marks }) => marks.acted_on),
      noise: sum(({ marks }) => marks.noise),
      duplicate: sum(({ marks }) => marks.duplicate),
      too_late: sum(({ marks }) => marks.too_late),
    },
  };
};

/** What is proposed for who pages mostly for nothing. At the lowest severity nothing lower is left. */
export const proposed = (type: LedgerAccount["source"]["type"], { severity, to }: NonNullable<LedgerAccount["demotion"]>): string => {
  if (to !== null) return `make it ${to} instead of ${severity}`;
  return type === "other" ? "let it wake nobody, or mend what raises it" : "take it out, or change what it asks";
};
