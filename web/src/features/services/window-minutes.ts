// The time ranges a service page offers.

export const WINDOW_MINUTES = [
  { minutes: 15, label: "15 min" },
  { minutes: 60, label: "1 hour" },
  { minutes: 360, label: "6 hours" },
  { minutes: 1440, label: "24 hours" },
  { minutes: 10_080, label: "7 days" },
] as const;

export const MINUTES_DEFAULT = 60;
export const MINUTES_MAX = 44_640;
