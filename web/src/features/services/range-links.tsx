// The time range of a service page, kept in the URL.
import { Link } from "@tanstack/react-router";

import { paths } from "@/app/paths";
import { ChoiceLinks } from "@/ui/choice-links";

import { WINDOW_MINUTES } from "./window-minutes";

export const RangeLinks = ({ name }: { name: string }) => (
  <ChoiceLinks label="Time range">
    {WINDOW_MINUTES.map(({ minutes, label }) => (
      <Link key={minutes} to={paths.service} params={{ name }} search={{ minutes }}>
        {label}
      </Link>
    ))}
  </ChoiceLinks>
);
