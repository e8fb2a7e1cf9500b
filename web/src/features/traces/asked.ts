// What the explorer shows, as its address says it, and the address of the same with something changed.
import type { Show, SpansAsked } from "@/api/list-spans";

export const MINUTES_DEFAULT = 60;
export const SHOW_DEFAULT: Show = "requests";

export const RANGES = [
  { minutes: 15, label: "15 min" },
  { minutes: 60, label: "1 hour" },
  { minutes: 360, label: "6 hours" },
  { minutes: 1440, label: "24 hours" },
  { minutes: 10_080, label: "7 days" },
  { minutes: 44_640, label: "31 days" },
] as const;

export const SHOW_WORDS: Record<Show, string> = {
  requests: "Answers and calls",
  answers: "Answers",
  calls: "Model calls",
  tools: "Tool calls",
  duplicates: "Duplicates",
  gateway: "Gateway",
  everything: "Everything",
};

export interface Search {
  show?: Show;
  minutes?: number;
  where?: string[];
}

export const askedOf = ({ show = SHOW_DEFAULT, minutes = MINUTES_DEFAULT, where = [] }: Search): SpansAsked => ({ show, minutes, where });

/** Without what is usual: a short address is read more easily. */
export const searchOf = ({ show, minutes, where }: SpansAsked): Search => ({
  ...(show === SHOW_DEFAULT ? {} : { show }),
  ...(minutes === MINUTES_DEFAULT ? {} : { minutes }),
  ...(where.length === 0 ? {} : { where: [...where] }),
});

export const withCondition = (asked: SpansAsked, condition: string): SpansAsked =>
  asked.where.includes(condition) ? asked : { ...asked, where: [...asked.where, condition] };

export const withoutCondition = (asked: SpansAsked, condition: string): SpansAsked => ({
  ...asked,
  where: asked.where.filter((each) => each !== condition),
});
