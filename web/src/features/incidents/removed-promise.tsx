// A promise that is no longer declared and has open incidents: somebody must say what becomes of them.
import { Link } from "@tanstack/react-router";

import type { IncidentSummary, Status } from "@/api/contract";
import { paths } from "@/app/paths";
import { counted } from "@/lib/quantity";
import { Banner } from "@/ui/banner";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { CloseByHand } from "./close-by-hand";

interface Props {
  removed: Status["configuration"]["removed"][number];
  /** Active incidents, of whatever promise. */
  incidents: readonly IncidentSummary[];
}

export const RemovedPromise = ({ removed: { promise, open_incidents }, incidents }: Props) => {
  const own = incidents.filter((incident) => incident.promise === promise);
  return (
    <Banner
      tone="warning"
      icon="triangle"
      title={
        <>
          <Text mono>{promise}</Text> is no longer declared and has {counted(open_incidents, "open incident")}. What is to become of{" "}
          {open_incidents === 1 ? "it" : "them"}?
        </>
      }
    >
      <p>Declare the promise again, and its next good run ends what is open. Or close by hand what nobody will mend.</p>
      <ul aria-label={`Open incidents of ${promise}`}>
        {own.map(({ id, title, opened_at }) => (
          <li key={id}>
            <Link to={paths.incident} params={{ id }}>
              <Text>{title}</Text>
            </Link>{" "}
            <span className="quiet">
              since <TimeAgo at={opened_at} />
            </span>
          </li>
        ))}
      </ul>
      <CloseByHand ids={own.map(({ id }) => id)} />
    </Banner>
  );
};
