// A URL from outside in; the same URL out when a person may click it, else null.

/** The address when it is http or https, else null: `javascript:` and friends stay text. */
export const safeUrl = (text: string | null | undefined): string | null => {
  if (!text || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
};
