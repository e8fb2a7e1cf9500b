// Numbers in, words out. Null goes in as null and comes out as null: the screen says "unknown", never 0.

type Maybe<T> = T | null | undefined;

const GROUPED = new Intl.NumberFormat("en-US");
const TENTHS = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** "1,135". */
export const count = (value: Maybe<number>): string | null => (value == null ? null : GROUPED.format(value));

/** A count with its noun: "1 answer", "6 answers". */
export const counted = (value: number, noun: string): string => `${GROUPED.format(value)} ${noun}${value === 1 ? "" : "s"}`;

/** A ratio of 0..1 as "33.3%". Something is never rounded to nothing, nor nearly all to all. */
export const percent = (ratio: Maybe<number>): string | null => {
  if (ratio == null) return null;
  if (ratio > 0 && ratio < 0.0005) return "<0.1%";
  if (ratio < 1 && ratio > 0.9995) return ">99.9%";
  return `${(ratio * 100).toFixed(1)}%`;
};

/** Seconds as "240 ms", "1.24 s", "3 min 5 s". */
export const duration = (seconds: Maybe<number>): string | null => {
  if (seconds == null) return null;
  if (seconds < 0.001) return seconds === 0 ? "0 ms" : "<1 ms";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.995) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const parts = hours > 0 ? [`${hours} h`, minutes > 0 ? `${minutes} min` : ""] : [`${minutes} min`, rest > 0 ? `${rest} s` : ""];
  return parts.filter(Boolean).join(" ");
};

/** Tokens per second with one decimal: "134.9 tok/s". */
export const throughput = (tokensPerS: Maybe<number>): string | null =>
  tokensPerS == null ? null : `${TENTHS.format(tokensPerS)} tok/s`;

/** A plain number without float noise: "0.3333", "240". */
export const plain = (value: number): string =>
  Number.isInteger(value) ? GROUPED.format(value) : String(Number(value.toPrecision(4)));
