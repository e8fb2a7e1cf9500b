// Values in, the places of those with no neighbour out: a line can't show them, a dot must.

/** Indices of values between two gaps. */
export const isolated = (values: ArrayLike<number | null | undefined>): number[] =>
  Array.from(values).flatMap((value, index, all) =>
    value != null && all[index - 1] == null && all[index + 1] == null ? [index] : [],
  );
