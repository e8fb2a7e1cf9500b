// Which spans, and of which time: both in the address.
import { Link } from "@tanstack/react-router";

import { SHOWS, type SpansAsked } from "@/api/list-spans";
import { paths } from "@/app/paths";
import { ChoiceLinks } from "@/ui/choice-links";

import { RANGES, searchOf, SHOW_WORDS } from "./asked";

export const ShowLinks = ({ asked }: { asked: SpansAsked }) => (
  <ChoiceLinks label="Which spans">
    {SHOWS.map((show) => (
      <Link key={show} to={paths.traces} search={searchOf({ ...asked, show })} activeOptions={{ exact: true }} aria-current={show === asked.show ? "page" : undefined}>
        {SHOW_WORDS[show]}
      </Link>
    ))}
  </ChoiceLinks>
);

export const RangeLinks = ({ asked }: { asked: SpansAsked }) => (
  <ChoiceLinks label="Time range">
    {RANGES.map(({ minutes, label }) => (
      <Link key={minutes} to={paths.traces} search={searchOf({ ...asked, minutes })} activeOptions={{ exact: true }} aria-current={minutes === asked.minutes ? "page" : undefined}>
        {label}
      </Link>
    ))}
  </ChoiceLinks>
);
