// The chart inks, read from the tokens: a canvas doesn't know CSS variables.

export type Ink = "accent" | "critical" | "doubt" | "good" | "neutral";

const TOKEN: Readonly<Record<Ink | "axis" | "grid", string>> = {
  accent: "--accent",
  critical: "--critical",
  doubt: "--doubt",
  good: "--good",
  neutral: "--neutral",
  axis: "--ink-3",
  grid: "--line",
};

/** The computed colour of an ink in the scheme that is on now. */
export const inkReader = (host: HTMLElement): ((ink: keyof typeof TOKEN) => string) => {
  const probe = document.createElement("span");
  host.append(probe);
  const read = Object.fromEntries(
    Object.entries(TOKEN).map(([name, token]) => {
      probe.style.color = `var(${token})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return (ink) => read[ink] ?? "gray";
};
