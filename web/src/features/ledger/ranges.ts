// The time ranges the alert ledger offers.
import { LEDGER_MINUTES_DEFAULT } from "@/api/get-alert-ledger";

export const RANGES = [
  { minutes: 10_080, label: "7 days" },
  { minutes: 20_160, label: "14 days" },
  { minutes: LEDGER_MINUTES_DEFAULT, label: "28 days" },
] as const;

/** Without what is usual: a short address is read more easily. */
export const searchOf = (minutes: number): { minutes?: number } => (minutes === LEDGER_MINUTES_DEFAULT ? {} : { minutes });
