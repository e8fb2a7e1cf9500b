// Whether what is on the screen is of now: live, reconnecting, or stale since when.
import { useConnection } from "@/api/connection";
import { freshness } from "@/lib/freshness";
import { relative, utcClock } from "@/lib/instant";
import { useNow } from "@/lib/use-now";
import { Icon } from "@/ui/icon";

import styles from "./live-indicator.module.css";

export const LiveIndicator = () => {
  const now = useNow();
  const fresh = freshness(useConnection(), now);
  return (
    <span className={styles.indicator} data-state={fresh.state} role="status">
      {fresh.state === "live" ? (
        <>
          <span className={styles.dot} aria-hidden="true" /> Live
        </>
      ) : null}
      {fresh.state === "reconnecting" ? (
        <>
          <Icon name="retry" size={12} /> Reconnecting, asking every 5 s
        </>
      ) : null}
      {fresh.state === "stale" ? (
        <>
          <Icon name="triangle" size={12} />
          {fresh.sinceMs === null ? "No answer yet" : `Stale since ${utcClock(fresh.sinceMs)}`}
          {/* The age counts every second; announcing it every second would drown everything else. */}
          {fresh.sinceMs === null ? null : <span aria-hidden="true">({relative(fresh.sinceMs, now)})</span>}
        </>
      ) : null}
    </span>
  );
};
