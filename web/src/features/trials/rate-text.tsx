// How often something would have happened: a count and a rate per week, or "no data" where nobody knows.
import type { Rate } from "@/api/contract";
import { count } from "@/lib/quantity";
import { Unknown } from "@/ui/unknown";

const TENTHS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

export const perWeek = (value: number): string => TENTHS.format(value);

export const RateText = ({ rate }: { rate: Rate | null }) =>
  rate === null ? (
    <Unknown />
  ) : (
    <>
      {perWeek(rate.per_week)} per week <span className="quiet">({count(rate.count)} in all, at most {perWeek(rate.upper_per_week)} per week with 95% confidence)</span>
    </>
  );
