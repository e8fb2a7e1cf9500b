// A trace as a waterfall. Only the rows in sight are in the page, so that thousands of spans scroll like ten.
import { useMediaQuery } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";

import type { Trace } from "@/api/contract";
import { paths } from "@/app/paths";
import { count, counted } from "@/lib/quantity";
import { Check } from "@/ui/form";
import { Section } from "@/ui/section";

import { isTrouble, openRows, treeOf, type TreeRow } from "./trace-tree";
import { WaterfallRow } from "./waterfall-row";
import styles from "./waterfall.module.css";

const ROW_PX = 34;
const ROW_NARROW_PX = 52;
const BEYOND = 10;
const PAGE_ROWS = 15;
const HEIGHT_FIRST_PX = 900;

const LEGEND = [
  ["answer", "answer"],
  ["call", "model call"],
  ["tool", "tool"],
  ["duplicate", "not counted"],
] as const;

const Legend = () => (
  <div className={styles.legend} aria-hidden="true">
    {LEGEND.map(([kind, word]) => (
      <span key={kind}>
        <i><b className={styles.bar} data-kind={kind} style={{ left: 0, right: 0 }} /></i> {word}
      </span>
    ))}
    <span>paler: until the first token</span>
  </div>
);

/** Where the keyboard goes from a row. */
const moved = (key: string, from: number, rows: readonly TreeRow[]): number | null => {
  const last = rows.length - 1;
  const parent = () => {
    for (let at = from - 1; at >= 0; at--) if ((rows[at]?.depth ?? 0) < (rows[from]?.depth ?? 0)) return at;
    return from;
  };
  const to = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + PAGE_ROWS, PageUp: from - PAGE_ROWS, Home: 0, End: last, ArrowLeft: parent() }[key];
  return to === undefined ? null : Math.min(last, Math.max(0, to));
};

/** Which rows are in sight: the first and the one after the last. */
const useSight = (rowPx: number, rows: number) => {
  const grid = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: HEIGHT_FIRST_PX });
  const look = useCallback(() => {
    const { scrollTop = 0, clientHeight = 0 } = grid.current ?? {};
    setScroll({ top: scrollTop, height: clientHeight || HEIGHT_FIRST_PX });
  }, []);
  useEffect(() => {
    look();
    window.addEventListener("resize", look);
    return () => window.removeEventListener("resize", look);
  }, [look]);
  /** Bring a row into sight and the keyboard to it. */
  const show = (index: number): void => {
    const element = grid.current;
    if (!element) return;
    const [above, below] = [index * rowPx, (index + 2) * rowPx - element.clientHeight];
    if (element.scrollTop > above) element.scrollTop = above;
    else if (element.scrollTop < below) element.scrollTop = below;
    // The row may not be in the page yet.
    requestAnimationFrame(() => element.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true }));
  };
  const first = Math.max(0, Math.floor(scroll.top / rowPx) - BEYOND);
  return { grid, look, show, first, end: Math.min(rows, Math.ceil((scroll.top + scroll.height) / rowPx) + BEYOND) };
};

export const Waterfall = ({ trace }: { trace: Trace }) => {
  const navigate = useNavigate();
  const rowPx = useMediaQuery("(max-width: 40rem)") ? ROW_NARROW_PX : ROW_PX;
  const tree = useMemo(() => treeOf(trace.spans, trace.loops), [trace]);
  const troubles = useMemo(() => tree.filter(isTrouble).length, [tree]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [troubleOnly, setTroubleOnly] = useState(false);
  const rows = useMemo(() => openRows(tree, closed, troubleOnly), [tree, closed, troubleOnly]);
  const { grid, look, show, first, end } = useSight(rowPx, rows.length);
  const [active, setActive] = useState(0);
  const current = Math.min(active, Math.max(0, rows.length - 1));

  const toggle = useCallback((id: string) => {
    setClosed((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  const open = (row: TreeRow | undefined): void => {
    if (row) void navigate({ to: paths.span, params: { trace: trace.trace_id, span: row.item.span.span_id }, search: { at: row.item.span.at } });
  };
  const press = (event: KeyboardEvent): void => {
    const row = rows[current];
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const id = row.item.span.span_id;
    const isClosed = closed.has(id);
    if (event.key === "Enter") {
      open(row);
      return;
    }
    if (!troubleOnly && row.below > 0 && ((event.key === "ArrowRight" && isClosed) || (event.key === "ArrowLeft" && !isClosed))) {
      event.preventDefault();
      toggle(id);
      return;
    }
    const to = moved(event.key === "ArrowRight" ? "ArrowDown" : event.key, current, rows);
    if (to === null) return;
    event.preventDefault();
    setActive(to);
    show(to);
  };
  const click = (event: MouseEvent): void => {
    if (!(event.target instanceof Element) || event.target.closest("a, button")) return;
    const index = event.target.closest<HTMLElement>("[data-index]")?.dataset.index;
    if (index !== undefined) open(rows[Number(index)]);
  };

  const shown = rows.slice(first, end).map((row, at) => ({ row, index: first + at }));
  const kept = rows[current];
  if (kept && (current < first || current >= end)) shown.push({ row: kept, index: current });
  return (
    <Section title="Waterfall" side={<span className="nums">{count(rows.length)} of {counted(tree.length, "span")}</span>} flush>
      <div className={styles.tools}>
        {troubles > 0 ? <Check label={`Only what went wrong (${troubles})`} checked={troubleOnly} onChange={setTroubleOnly} /> : null}
        <Legend />
      </div>
      <div ref={grid} role="treegrid" aria-label="Spans of the trace" aria-rowcount={rows.length + 1} aria-readonly="true" className={styles.grid} onScroll={look} onKeyDown={press} onClick={click}>
        <div role="rowgroup">
          <div role="row" className={styles.head} aria-rowindex={1}>
            <span role="columnheader">Span</span>
            <span role="columnheader">When</span>
            <span role="columnheader">Took</span>
          </div>
        </div>
        <div role="rowgroup" className={styles.rows} style={{ height: rows.length * rowPx }}>
          {shown.map(({ row, index }) => (
            <WaterfallRow
              key={row.item.span.span_id}
              row={row}
              index={index}
              top={index * rowPx}
              totalS={trace.duration_s}
              focusable={index === current}
              closed={closed.has(row.item.span.span_id)}
              flat={troubleOnly}
              onToggle={toggle}
              onFocus={setActive}
            />
          ))}
        </div>
      </div>
      {trace.left_out > 0 ? <p className={styles.foot}>The trace has {counted(trace.left_out, "more span")}; the first {count(tree.length)} are shown.</p> : null}
      <p className={styles.foot}>Arrow keys move, ← and → close and open, Enter shows everything a span says.</p>
    </Section>
  );
};
