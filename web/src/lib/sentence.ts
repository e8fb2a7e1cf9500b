// A clause of the server's in; the same as a sentence out, for where it stands alone.

/** With a capital first letter, unless the first word is a name such as `nightly-digests`. */
export const sentence = (clause: string): string => {
  const [first = ""] = clause.split(/\s/, 1);
  return /^[a-z]+[,;:.]?$/.test(first) ? clause.charAt(0).toUpperCase() + clause.slice(1) : clause;
};
