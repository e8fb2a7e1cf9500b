// Text from outside in, text that shows what it holds out: no invisible, reordering or control characters.

// Controls except tab and newline, zero-width and bidirectional marks, line separators, byte-order mark, tag characters.
const HIDDEN =
  // eslint-disable-next-line no-control-regex -- these are the characters to be made visible
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu;

const CHARS_MAX = 4_000;

const escaped = (char: string): string => {
  const point = char.codePointAt(0) ?? 0;
  return point > 0xffff ? `\\u{${point.toString(16)}}` : `\\u${point.toString(16).padStart(4, "0")}`;
};

/** The text with hidden characters written out, and a stated cut after 4,000 characters. */
export const visible = (text: string): string => {
  const shown = text.length > CHARS_MAX ? text.slice(0, CHARS_MAX) : text;
  const rest = text.length - shown.length;
  return shown.replace(HIDDEN, escaped) + (rest > 0 ? ` … (${rest} more characters)` : "");
};
