// Spans of a trace in; the rows of its waterfall out: children below their parents, in the order of their starts.
import type { ToolLoop, TraceSpan } from "@/api/contract";

export interface TreeRow {
  item: TraceSpan;
  depth: number;
  /** How many spans hang below it, at whatever depth. */
  below: number;
  /** Its parent is no part of what was stored. */
  orphan: boolean;
  loops: readonly ToolLoop[];
}

export const DEPTH_SHOWN_MAX = 12;

/** Every span once, whatever the ids say: one whose parents form a ring stands at the top. */
export const treeOf = (spans: readonly TraceSpan[], loops: readonly ToolLoop[]): readonly TreeRow[] => {
  const known = new Set(spans.map(({ span }) => span.span_id));
  const children = new Map<string | null, TraceSpan[]>();
  for (const item of spans) {
    const parent = item.span.parent_span_id;
    const under = parent !== null && known.has(parent) && parent !== item.span.span_id ? parent : null;
    children.set(under, [...(children.get(under) ?? []), item]);
  }
  const loopsOf = new Map<string, ToolLoop[]>();
  for (const loop of loops) for (const id of loop.span_ids) loopsOf.set(id, [...(loopsOf.get(id) ?? []), loop]);
  const rows: TreeRow[] = [];
  const seen = new Set<TraceSpan>();
  // A stack of its own, not the engine's: a chain of thousands of spans is deep.
  const walk = (roots: readonly TraceSpan[]): void => {
    const stack = roots.map((item) => ({ item, depth: 0 })).reverse();
    while (stack.length > 0) {
      const next = stack.pop();
      if (!next || seen.has(next.item)) continue;
      seen.add(next.item);
      const { span } = next.item;
      rows.push({ ...next, below: 0, orphan: span.parent_span_id !== null && !known.has(span.parent_span_id), loops: loopsOf.get(span.span_id) ?? [] });
      for (const child of [...(children.get(span.span_id) ?? [])].reverse()) stack.push({ item: child, depth: next.depth + 1 });
    }
  };
  walk(children.get(null) ?? []);
  for (const item of spans) if (!seen.has(item)) walk([item]);
  return withCounts(rows);
};

const withCounts = (rows: readonly TreeRow[]): readonly TreeRow[] => {
  const below = rows.map(() => 0);
  const open: number[] = [];
  rows.forEach(({ depth }, index) => {
    open.length = depth;
    for (const parent of open) below[parent] = (below[parent] ?? 0) + 1;
    open.push(index);
  });
  return rows.map((row, index) => ({ ...row, below: below[index] ?? 0 }));
};

/** Whether something went wrong with a span: it failed, served what it should not, loops, or is not believed. */
export const isTrouble = ({ item: { span, quarantine }, loops }: TreeRow): boolean =>
  span.failed === true || span.unsafe_claim_served === true || loops.length > 0 || quarantine.length > 0 ||
  span.stream_end === "broken" || span.stream_end === "abandoned";

/** The rows that are on the screen: none below a closed one; where only trouble is wanted, that alone. */
export const openRows = (rows: readonly TreeRow[], closed: ReadonlySet<string>, troubleOnly: boolean): readonly TreeRow[] => {
  if (troubleOnly) return rows.filter(isTrouble);
  const shown: TreeRow[] = [];
  let hiddenBelow = Infinity;
  for (const row of rows) {
    if (row.depth > hiddenBelow) continue;
    hiddenBelow = closed.has(row.item.span.span_id) ? row.depth : Infinity;
    shown.push(row);
  }
  return shown;
};
