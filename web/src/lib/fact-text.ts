// A fact's key and value in, its words out. Units stand last in a key, so the key says how a number reads.
import { duration, percent, plain } from "./quantity";
import { usd } from "./money";

export type FactValue = string | number | boolean | null | undefined;

/** The value as words; null when unknown. Text comes back as it is. */
export const factText = (key: string, value: FactValue): string | null => {
  if (value == null) return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (key.endsWith("_nano_usd")) return usd(value);
  if (key.endsWith("_ratio")) return percent(value);
  if (key === "duration_s" || key.endsWith("_s") || key.includes("_s_p")) return duration(value);
  return plain(value);
};

/** Whether a key names something a person copies into another tool. */
export const copies = (key: string): boolean => /(^|_)(id|sha|hash|key)$/.test(key);
