// A short text this browser keeps for its user, such as their name; storage may be forbidden, and then nothing is kept.

const PREFIX = "outproof.";

export const remembered = (key: string): string => {
  try {
    return localStorage.getItem(PREFIX + key) ?? "";
  } catch {
    return "";
  }
};

export const remember = (key: string, value: string): void => {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // Private modes refuse storage; the user types the name again.
  }
};
