// What this window did not believe: counted by reason, never averaged in.
import { Link } from "@tanstack/react-router";

import type { Window } from "@/api/contract";
import { paths } from "@/app/paths";
import { Bars } from "@/charts/bars";
import { Section } from "@/ui/section";

export const QuarantinedReasons = ({ reasons }: { reasons: Window["quarantined"] }) => (
  <Section title="Quarantined" side={<Link to={paths.quarantine}>look at them</Link>}>
    {reasons.length === 0 ? (
      <p className="quiet">Nothing of this window was quarantined.</p>
    ) : (
      <Bars title="Quarantined by reason" bars={reasons.map(({ reason, count }) => ({ label: reason, value: count }))} />
    )}
  </Section>
);
