// A share with what stands behind it: ratio, count of how many, and the interval. Of nothing it is "no data".
import type { Share as ShareOf } from "@/api/contract";
import { count, percent } from "@/lib/quantity";

import styles from "./share.module.css";
import { Unknown } from "./unknown";

interface Props {
  label: string;
  share: ShareOf;
  /** How to read a share above zero. */
  tone?: "critical" | "warning" | "neutral";
  /** What the share is of, in words. */
  hint: string;
}

const at = (ratio: number): string => `${Math.min(1, Math.max(0, ratio)) * 100}%`;

const Interval = ({ ratio, low, high }: { ratio: number; low: number; high: number }) => (
  <span className={styles.track} aria-hidden="true">
    <span className={styles.band} style={{ left: at(low), right: `calc(100% - ${at(high)})` }} />
    <span className={styles.point} style={{ left: at(ratio) }} />
  </span>
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
          <Interval ratio={share.ratio} low={share.interval[0]} high={share.interval[1]} />
          95% interval {percent(share.interval[0])} to {percent(share.interval[1])}
        </dd>
      ) : null}
    </div>
  );
};

export const Shares = ({ children }: { children: React.ReactNode }) => <dl className={styles.shares}>{children}</dl>;
