// Whole nano-USD in, dollars out. No float arithmetic: a billionth that exists is shown.

const NANO = 1_000_000_000n;

/** Digits after the point: micro-dollars for what one answer costs, cents for what a day costs. */
const digits = (nano: bigint): number => {
  if (nano >= 100n * NANO) return 2;
  if (nano >= NANO) return 4;
  return nano > 0n && nano < 1_000n ? 9 : 6;
};

/** "$0.001427" of 1427400; null when unknown. Cut down to the shown digits by rounding half up. */
export const usd = (nanoUsd: number | null | undefined): string | null => {
  if (nanoUsd == null) return null;
  const negative = nanoUsd < 0;
  const nano = BigInt(Math.round(Math.abs(nanoUsd)));
  const places = digits(nano);
  const unit = 10n ** BigInt(9 - places);
  const rounded = (nano + unit / 2n) / unit;
  const scale = 10n ** BigInt(places);
  const whole = (rounded / scale).toLocaleString("en-US");
  return `${negative ? "−" : ""}$${whole}.${String(rounded % scale).padStart(places, "0")}`;
};
