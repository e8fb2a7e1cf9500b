// An instant as an age that keeps counting; the exact UTC on hover and on focus.
import { Tooltip } from "@mantine/core";

import { epochMs, relative, utc } from "@/lib/instant";
import { useNow } from "@/lib/use-now";

import { Unknown } from "./unknown";

interface Props {
  at: string | null | undefined;
  /** Inside a link or a button the age cannot have a focus of its own. */
  focusable?: boolean;
  absent?: "unknown" | "none";
}

export const TimeAgo = ({ at, focusable = true, absent = "unknown" }: Props) => {
  const now = useNow();
  const ms = epochMs(at);
  if (ms === null) return <Unknown word={absent} />;
  const exact = utc(ms);
  if (!focusable) {
    return (
      <time className="whole" dateTime={at ?? undefined} title={exact}>
        {relative(ms, now)}
      </time>
    );
  }
  return (
    <Tooltip label={exact} events={{ hover: true, focus: true, touch: true }} withArrow>
      <time className="whole" dateTime={at ?? undefined} tabIndex={0}>
        {relative(ms, now)}
      </time>
    </Tooltip>
  );
};
