// The window as curves: answers with unsafe and abstained ones, first-token time, cost.
import { useMemo } from "react";

import type { Series } from "@/api/contract";
import type { Line } from "@/charts/plot";
import { TimeSeries } from "@/charts/time-series";
import { epochMs } from "@/lib/instant";
import { usd } from "@/lib/money";
import { count, duration } from "@/lib/quantity";
import { Section } from "@/ui/section";

import styles from "./history.module.css";

const whole = (value: number): string => (Number.isInteger(value) ? (count(value) ?? "") : "");
const seconds = (value: number): string => duration(value) ?? "";
/** Dollars without the zeros that say nothing on an axis. */
const dollars = (value: number): string => (usd(value) ?? "").replace(/(\.\d\d\d*?)0+$/, "$1");

const drawn = (series: Series): { atMs: number[]; answers: Line[]; ttft: Line[]; cost: Line[] } => {
  const { points } = series;
  return {
    atMs: points.map(({ start }) => epochMs(start) ?? 0),
    answers: [
      { label: "answers", ink: "accent", values: points.map(({ answers }) => answers) },
      { label: "unsafe", ink: "critical", values: points.map(({ unsafe }) => unsafe) },
      { label: "abstained", ink: "doubt", dashed: true, values: points.map(({ abstentions }) => abstentions) },
    ],
    ttft: [{ label: "p95", ink: "accent", values: points.map(({ ttft_p95_s }) => ttft_p95_s ?? null) }],
    cost: [{ label: "cost", ink: "good", values: points.map(({ cost_nano_usd }) => cost_nano_usd ?? null) }],
  };
};

export const History = ({ series }: { series: Series }) => {
  const { atMs, answers, ttft, cost } = useMemo(() => drawn(series), [series]);
  return (
    <Section title="Over time" side={`steps of ${seconds(series.step_s)}`}>
      <div className={styles.charts}>
        <TimeSeries title="Answers" atMs={atMs} lines={answers} format={whole} />
        <TimeSeries title="Time to first token, p95" atMs={atMs} lines={ttft} format={seconds} />
        <TimeSeries title="Cost" atMs={atMs} lines={cost} format={dollars} />
      </div>
    </Section>
  );
};
