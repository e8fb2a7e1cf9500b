// uPlot in React: series in, a canvas out, redrawn for new data, width and colour scheme.
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { utc } from "@/lib/instant";

import { isolated } from "./isolated";
import { inkReader, type Ink } from "./palette";

export interface Line {
  label: string;
  ink: Ink;
  /** One value per instant; null leaves a gap. */
  values: readonly (number | null)[];
  dashed?: boolean;
}

interface Props {
  atMs: readonly number[];
  lines: readonly Line[];
  format: (value: number) => string;
  onHover: (index: number | null) => void;
}

const HEIGHT_PX = 170;
const CHAR_PX = 6.6;
const FONT = "11px system-ui, sans-serif";

const tick = (ms: number, spanMs: number): string => {
  const text = utc(ms);
  return spanMs > 2 * 86_400_000 ? text.slice(5, 10) : text.slice(11, 16);
};

/** Width of the value axis: its longest label. */
const room = (_: UPlot, labels: string[] | null): number =>
  12 + CHAR_PX * Math.max(1, ...(labels ?? []).map((label) => label.length));

const options = (host: HTMLElement, { atMs, lines, format, onHover }: Props): UPlot.Options => {
  const ink = inkReader(host);
  const axis = { stroke: ink("axis"), font: FONT, grid: { stroke: ink("grid"), width: 1 }, ticks: { show: false } };
  const spanMs = (atMs.at(-1) ?? 0) - (atMs[0] ?? 0);
  return {
    width: Math.max(host.clientWidth, 120),
    height: HEIGHT_PX,
    ms: 1,
    tzDate: (ms) => UPlot.tzDate(new Date(ms), "Etc/UTC"),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, size: 24, gap: 4, space: 64, values: (_, splits) => splits.map((ms) => tick(ms, spanMs)) },
      { ...axis, size: room, gap: 4, space: 28, values: (_, splits) => splits.map((value) => format(value)) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: ink(line.ink),
        width: 1.75,
        ...(line.dashed ? { dash: [5, 4] } : {}),
        spanGaps: false,
        points: { show: true, size: 6, fill: ink(line.ink), filter: (plot: UPlot, index: number) => isolated(plot.data[index] ?? []) },
      })),
    ],
    hooks: { setCursor: [(plot) => onHover(plot.cursor.idx ?? null)] },
  };
};

export const Plot = (props: Props) => {
  const host = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const data = [[...props.atMs], ...props.lines.map((line) => [...line.values])] as UPlot.AlignedData;
    const plot = new UPlot(options(element, props), data, element);
    const resized = new ResizeObserver(() => {
      const width = Math.max(element.clientWidth, 120);
      if (width !== plot.width) plot.setSize({ width, height: HEIGHT_PX });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [props, scheme]);
  return <div ref={host} aria-hidden="true" style={{ minHeight: HEIGHT_PX, minWidth: 0 }} />;
};
