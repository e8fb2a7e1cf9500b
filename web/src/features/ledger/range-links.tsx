// The time range of the alert ledger, kept in the URL.
import { Link } from "@tanstack/react-router";

import { paths } from "@/app/paths";
import { ChoiceLinks } from "@/ui/choice-links";

import { RANGES, searchOf } from "./ranges";

export const RangeLinks = ({ asked }: { asked: number }) => (
  <ChoiceLinks label="Time range">
    {RANGES.map(({ minutes, label }) => (
      <Link key={minutes} to={paths.alertLedger} search={searchOf(minutes)} activeOptions={{ exact: true }} aria-current={minutes === asked ? "page" : undefined}>
        {label}
      </Link>
    ))}
  </ChoiceLinks>
);
