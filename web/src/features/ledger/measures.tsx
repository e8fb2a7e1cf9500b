// What one account says of its pages: how many were right, and how soon they told. Without marks: no data.
import type { LedgerAccount } from "@/api/contract";
import { counted, duration } from "@/lib/quantity";
import { ShareLine } from "@/ui/share";
import { Unknown } from "@/ui/unknown";

import { precisionOf } from "./account";

export const Precision = ({ account }: { account: LedgerAccount }) => <ShareLine share={precisionOf(account)} hint="marked" />;

export const TimeToDetect = ({ account: { detect_s_median, detect_n } }: { account: LedgerAccount }) =>
  detect_s_median === null ? (
    <Unknown word="no data" />
  ) : (
    <span>
      {duration(detect_s_median)} <span className="quiet">median of {counted(detect_n, "page")}</span>
    </span>
  );
