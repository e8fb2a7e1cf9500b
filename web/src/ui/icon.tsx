// The few signs the screens use, drawn on a 16 × 16 grid. Decoration only: the words next to them carry the meaning.

const PATHS = {
  octagon: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM8 4.6v4M8 11.2v.2",
  triangle: "M8 2 15 14H1zM8 6.4v3.4M8 11.8v.2",
  circle: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 7.4v3.8M8 4.8v.2",
  ring: "M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4z",
  tick: "M2.6 8.6 6.3 12.2 13.4 4",
  cross: "M3.4 3.4l9.2 9.2M12.6 3.4l-9.2 9.2",
  question: "M5.2 5.6a2.8 2.8 0 1 1 4.3 2.4C8.4 8.7 8 9.1 8 10.2M8 12.6v.2",
  clock: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 4.6V8l2.4 1.6",
  dash: "M3 8h10",
  dots: "M3.4 8h.2M7.9 8h.2M12.4 8h.2",
  hand: "M4 8.2V4.4M6.6 7.4V2.8M9.2 7.4V2.4M11.8 8V4.2M4 8.2c0 3.6 1.6 5.4 4 5.4s3.8-1.8 3.8-4.4",
  send: "M1.8 8 14 2.4 10.6 13.6 7.4 9.2zM7.4 9.2 14 2.4",
  retry: "M13.4 8a5.4 5.4 0 1 1-1.6-3.9M12.2 1.6v2.8H9.4",
  play: "M4.6 2.6 13 8l-8.4 5.4z",
  copy: "M5.4 5.4h8v8h-8zM10.6 5.4v-3h-8v8h2.8",
  out: "M9.4 2.4h4.2v4.2M13.4 2.6 7.6 8.4M11.8 9.4v4H2.6V4.2h4",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6 5.8 5.8 0 1 0 13.4 9.6z",
  half: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 2v12M10.2 3v10M12.2 4.4v7.2",
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name, size = 14 }: { name: IconName; size?: number }) => (
  <svg
    aria-hidden="true"
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.8"
    strokeLinecap="round"
    strokeLinejoin="round"
    style={{ flex: "none" }}
  >
    <path d={PATHS[name]} />
  </svg>
);
