// A run that was ended twice, and differently: both claims are shown, and the worse one counts.
import type { Run } from "@/api/contract";
import { Banner } from "@/ui/banner";
import { Instant } from "@/ui/instant";

/** Whether the job claimed both that it succeeded and that it failed. */
export const contradicts = (claims: Run["claims"]): boolean => new Set(claims.map(({ claim }) => claim)).size > 1;

export const Contradiction = ({ claims }: Pick<Run, "claims">) =>
  contradicts(claims) ? (
    <Banner tone="critical" icon="octagon" title="The job contradicts itself. The worse claim counts.">
      <ul>
        {claims.map(({ claim, at }) => (
          <li key={`${claim} ${at}`}>
            <b>{claim}</b> claimed at <Instant at={at} />
          </li>
        ))}
      </ul>
    </Banner>
  ) : null;
