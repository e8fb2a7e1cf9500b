// The part of an address after `?`, in and out. `where` is repeated, so that a link can be read and written by hand.

type Search = Record<string, unknown>;

/** Wraps a way to read addresses. */
export const reading =
  (plain: (text: string) => Search) =>
  (text: string): Search => {
    const given = new URLSearchParams(text);
    const where = given.getAll("where");
    given.delete("where");
    return { ...plain(`?${given.toString()}`), ...(where.length > 0 ? { where } : {}) };
  };

/** Wraps a way to write addresses. */
export const writing =
  (plain: (search: Search) => string) =>
  ({ where, ...rest }: Search): string => {
    const repeated = new URLSearchParams();
    if (Array.isArray(where)) for (const each of where) repeated.append("where", String(each));
    const begun = plain(rest);
    if (repeated.size === 0) return begun;
    return `${begun === "" ? "?" : `${begun}&`}${repeated.toString()}`;
  };
