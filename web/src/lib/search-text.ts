// The part of an address after `?`, in and out. Lists are repeated names, so that a link can be read and written by hand.

type Search = Record<string, unknown>;

const LISTS = ["where", "matcher", "label"] as const;

const isList = (name: string): boolean => LISTS.some((list) => list === name);

/** Wraps a way to read addresses. */
export const reading =
  (plain: (text: string) => Search) =>
  (text: string): Search => {
    const given = new URLSearchParams(text);
    const lists = LISTS.map((name) => [name, given.getAll(name)] as const).filter(([, values]) => values.length > 0);
    for (const name of LISTS) given.delete(name);
    return { ...plain(`?${given.toString()}`), ...Object.fromEntries(lists) };
  };

/** Wraps a way to write addresses. */
export const writing =
  (plain: (search: Search) => string) =>
  (search: Search): string => {
    const repeated = new URLSearchParams();
    for (const name of LISTS) {
      const values = search[name];
      if (Array.isArray(values)) for (const each of values) repeated.append(name, String(each));
    }
    const begun = plain(Object.fromEntries(Object.entries(search).filter(([name]) => !isList(name))));
    if (repeated.size === 0) return begun;
    return `${begun === "" ? "?" : `${begun}&`}${repeated.toString()}`;
  };
