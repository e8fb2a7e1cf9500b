// Named links this browser keeps: what stands in its storage in, a list out, whatever somebody left there.
import { remember, remembered } from "./remembered";

export interface SavedLink {
  name: string;
  /** The part of the address after `?`. */
  search: string;
}

const KEY = "saved-traces";
export const SAVED_MAX = 50;
export const NAME_CHARS_MAX = 60;

const isLink = (value: unknown): value is SavedLink =>
  typeof value === "object" && value !== null && "name" in value && "search" in value && typeof value.name === "string" && typeof value.search === "string";

export const savedLinks = (): readonly SavedLink[] => {
  try {
    const held: unknown = JSON.parse(remembered(KEY) || "[]");
    return Array.isArray(held) ? held.filter(isLink).slice(0, SAVED_MAX) : [];
  } catch {
    return [];
  }
};

const put = (links: readonly SavedLink[]): readonly SavedLink[] => {
  remember(KEY, JSON.stringify(links));
  return links;
};

/** A link of the same name is replaced; the oldest goes where there are too many. */
export const saved = (link: SavedLink): readonly SavedLink[] =>
  put([...savedLinks().filter(({ name }) => name !== link.name), link].slice(-SAVED_MAX));

export const forgotten = (name: string): readonly SavedLink[] => put(savedLinks().filter((each) => each.name !== name));
