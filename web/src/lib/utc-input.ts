// A time as somebody types it, in UTC, such as `2026-11-21 03:00`, in; an instant out.

/** RFC 3339, or null where the text is no time. */
export const instantTyped = (text: string): string | null => {
  const found = /^(\d{4}-\d{2}-\d{2})[ T](\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!found) return null;
  const [, day = "", hour = "", minute = ""] = found;
  const ms = Date.parse(`${day}T${hour.padStart(2, "0")}:${minute}:00Z`);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
};
