// An instant written out: date and UTC clock, or the clock alone where the day is plain.
import { epochMs, utc, utcClock, utcDate } from "@/lib/instant";

import { Unknown } from "./unknown";

interface Props {
  at: string | null | undefined;
  clock?: boolean;
}

export const Instant = ({ at, clock = false }: Props) => {
  const ms = epochMs(at);
  if (ms === null) return <Unknown />;
  return (
    <time className="nums" dateTime={at ?? undefined} title={utc(ms)}>
      {clock ? null : (
        <>
          <span className="whole">{utcDate(ms)}</span>{" "}
        </>
      )}
      <span className="whole">{utcClock(ms)}</span>
    </time>
  );
};
