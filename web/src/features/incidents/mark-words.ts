// What the page of an incident can have been worth, in words.
import type { PageMark } from "@/api/contract";

export const MARK_WORDS: Readonly<Record<PageMark, { word: string; means: string }>> = {
  acted_on: { word: "acted on", means: "It was right, and somebody did something" },
  noise: { word: "noise", means: "Nothing was wrong, or nothing anybody had to do" },
  duplicate: { word: "duplicate", means: "Something else had told us already" },
  too_late: { word: "too late", means: "It was right, and we knew before it told us" },
};
