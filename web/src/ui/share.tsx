// A share with what stands behind it: ratio, count of how many, and the interval. Of nothing it is "no data".
import type { Share as ShareOf } from "@/api/contract";
import { count, percent } from "@/lib/quantity";

import styles from "./share.module.css";
import { Unknown } from "./unknown";

/** What a share is read off: a count of how many, and how sure that is. */
export type Counted = Pick<ShareOf, "count" | "of" | "ratio" | "interval">;

interface Props {
  label: string;
  share: Counted;
  /** How to read a share above zero. */
  tone?: "critical" | "warning" | "neutral";
  /** What the share is of, in words. */
  hint: string;
}

const at = (ratio: number): string => `${Math.min(1, Math.max(0, ratio)) * 100}%`;

const Interval = ({ ratio, interval: [low, high] }: { ratio: number; interval: readonly [number, number] }) => (
  <>
    <span className={styles.track} aria-hidden="true">
      <span className={styles.band} style={{ left: at(low), right: `calc(100% - ${at(high)})` }} />
      <span className={styles.point} style={{ left: at(ratio) }} />
    </span>
    95% interval {percent(low)} to {percent(high)}
  </>
);

export const Share = ({ label, share, tone = "neutral", hint }: Props) => {
  return (
    <div className={styles.share} data-tone={share.count > 0 ? tone : "neutral"}>
      <dt>{label}</dt>
      <dd className={styles.ratio}>{percent(share.ratio) ?? <Unknown word="no data" />}</dd>
      <dd className={styles.of}>
        <span className="nums">
          {count(share.count)} of {count(share.of)}
        </span>{" "}
        {hint}
      </dd>
      {share.ratio !== null && share.interval !== null ? (
        <dd className={styles.interval}>
          <Interval ratio={share.ratio} interval={share.interval} />
        </dd>
      ) : null}
    </div>
  );
};

/** The same among other values: in a cell of a table, or as a fact. */
export const ShareLine = ({ share, hint }: Pick<Props, "share" | "hint">) => (
  <span className={styles.line}>
    <b className="nums">{percent(share.ratio) ?? <Unknown word="no data" />}</b>{" "}
    <span className="quiet nums">
      {count(share.count)} of {count(share.of)} {hint}
    </span>{" "}
    {share.ratio !== null && share.interval !== null ? (
      <span className={styles.interval}>
        <Interval ratio={share.ratio} interval={share.interval} />
      </span>
    ) : null}
  </span>
);

export const Shares = ({ children }: { children: React.ReactNode }) => <dl className={styles.shares}>{children}</dl>;
