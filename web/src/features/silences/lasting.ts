// How long a silence may last, to choose from.

export const LASTING = [
  { value: "1800", label: "30 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "7200", label: "2 hours" },
  { value: "14400", label: "4 hours" },
  { value: "28800", label: "8 hours" },
  { value: "86400", label: "1 day" },
  { value: "259200", label: "3 days" },
  { value: "604800", label: "7 days" },
];
export const LASTING_DEFAULT = "7200";

/** The instant so many seconds after another, RFC 3339. */
export const after = (startMs: number, seconds: string): string => new Date(startMs + Number(seconds) * 1000).toISOString();
