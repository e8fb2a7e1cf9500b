// What each lane carries, in words.
import type { LaneBalance } from "@/api/contract";

export const LANE_NAMES: Readonly<Record<LaneBalance["lane"], string>> = {
  answers: "Answers and calls",
  signals: "Run signals, heartbeats, feedback",
  items: "Lines about items",
};
