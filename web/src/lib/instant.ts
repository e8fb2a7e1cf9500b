// RFC 3339 instants in, words an operator reads out. Everything is UTC, as on the wire.

const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0");

/** Milliseconds since the epoch, or null when the text is missing or is no instant. */
export const epochMs = (at: string | null | undefined): number | null => {
  if (at == null) return null;
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? null : ms;
};

/** "2026-05-27". */
export const utcDate = (ms: number): string => {
  const date = new Date(ms);
  return `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
};

/** "2026-05-27 03:02:11 UTC". */
export const utc = (ms: number): string => `${utcDate(ms)} ${utcClock(ms)}`;

/** "03:02:11 UTC". */
export const utcClock = (ms: number): string => {
  const date = new Date(ms);
  return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())} UTC`;
};

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
];

/** A span in its two largest useful units: "3 h 12 min", "12 min", "8 s". */
export const span = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds));
  for (const [index, [name, size]] of UNITS.entries()) {
    if (whole < size) continue;
    const first = `${Math.floor(whole / size)} ${name}`;
    const next = UNITS[index + 1];
    if (!next) return first;
    const rest = Math.floor((whole % size) / next[1]);
    return rest > 0 ? `${first} ${rest} ${next[0]}` : first;
  }
  return `${whole} s`;
};

/** "12 min ago", "in 5 min"; clocks that differ by a second are not worth a future tense. */
export const relative = (ms: number, nowMs: number): string => {
  const seconds = (nowMs - ms) / 1000;
  if (seconds <= -2) return `in ${span(-seconds)}`;
  return seconds < 2 ? "just now" : `${span(seconds)} ago`;
};
