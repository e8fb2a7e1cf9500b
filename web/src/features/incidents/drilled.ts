// The title of an incident in; whether a drill made it, and what it says without the mark, out.

const MARK = "[drill] ";

export interface Drilled {
  drill: boolean;
  title: string;
}

export const drilled = (title: string): Drilled =>
  title.startsWith(MARK) ? { drill: true, title: title.slice(MARK.length) } : { drill: false, title };
