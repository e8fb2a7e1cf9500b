// From an incident to a silence that covers it, its matchers filled in.
import { Link } from "@tanstack/react-router";

import type { Incident } from "@/api/contract";
import { paths } from "@/app/paths";
import { matchersOf } from "@/lib/matcher-text";

/** What names what broke; how bad it is and whose are left out, so that the silence says what it is about. */
const NAMING = ["policy", "promise", "service"];

export const SilenceLink = ({ incident: { labels, state } }: { incident: Incident }) => {
  const matchers = matchersOf(Object.entries(labels).filter(([name]) => NAMING.includes(name)));
  if (state === "resolved" || matchers.length === 0) return null;
  return (
    <p>
      <Link to={paths.silences} search={{ matcher: matchers }}>Silence what is like it…</Link>
    </p>
  );
};
