// One span of a waterfall: its name at its depth, when it ran, and how long. What counts in nothing says so.
import { Link } from "@tanstack/react-router";
import { memo } from "react";

import { paths } from "@/app/paths";
import { duration } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

import { kindWord } from "./span-kind";
import { SpanMarks } from "./span-marks";
import { DEPTH_SHOWN_MAX, type TreeRow } from "./trace-tree";
import styles from "./waterfall.module.css";

const INDENT_PX = 14;

interface Props {
  row: TreeRow;
  index: number;
  top: number;
  totalS: number;
  focusable: boolean;
  closed: boolean;
  flat: boolean;
  onToggle: (id: string) => void;
  onFocus: (index: number) => void;
}

const share = (part: number, whole: number): string => `${whole > 0 ? Math.min(100, (part / whole) * 100) : 0}%`;

const Bar = ({ row: { item }, totalS }: Pick<Props, "row" | "totalS">) => {
  const { span, offset_s } = item;
  const width = span.duration_s ?? 0;
  return (
    <div className={styles.track}>
      <div className={styles.bar} data-kind={span.kind} data-failed={span.failed === true || undefined} style={{ left: share(offset_s, totalS), width: share(width, totalS) }}>
        {span.ttft_s !== null && width > 0 ? <div className={styles.wait} style={{ width: share(span.ttft_s, width) }} /> : null}
      </div>
    </div>
  );
};

const Name = ({ row, closed, flat, onToggle }: Pick<Props, "row" | "closed" | "flat" | "onToggle">) => {
  const { span, quarantine } = row.item;
  return (
    <>
      <span className={styles.indent} style={{ width: flat ? 0 : Math.min(row.depth, DEPTH_SHOWN_MAX) * INDENT_PX }} />
      {row.below > 0 && !flat ? (
        <button
          type="button"
          tabIndex={-1}
          className={styles.toggle}
          data-open={closed ? undefined : true}
          aria-label={closed ? `Open, ${row.below} below` : "Close"}
          onClick={(event) => {
            event.stopPropagation();
            onToggle(span.span_id);
          }}
        />
      ) : (
        <span className={styles.leaf} />
      )}
      <Link to={paths.span} params={{ trace: span.trace_id, span: span.span_id }} search={{ at: span.at }} tabIndex={-1}>
        <Text>{span.name}</Text>
      </Link>
      <span className={styles.kind}>{kindWord(span.kind)}</span>
      <span className={styles.marks}>
        <SpanMarks span={span} />
        {row.loops.length > 0 ? <Badge tone="warning" icon="retry">loop</Badge> : null}
        {quarantine.length > 0 ? <Badge tone="doubt" icon="question">not believed</Badge> : null}
        {row.orphan ? <Badge tone="neutral" icon="question">parent missing</Badge> : null}
      </span>
    </>
  );
};

export const WaterfallRow = memo((props: Props) => {
  const { row, index, top, totalS, focusable, closed, flat, onFocus } = props;
  const { span } = row.item;
  return (
    <div
      role="row"
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
      data-index={index}
      data-loop={row.loops.length > 0 || undefined}
      data-apart={span.kind === "duplicate" || span.kind === "gateway" || undefined}
      tabIndex={focusable ? 0 : -1}
      aria-rowindex={index + 2}
      aria-level={flat ? 1 : row.depth + 1}
      aria-expanded={row.below > 0 && !flat ? !closed : undefined}
      onFocus={() => onFocus(index)}
    >
      <div role="gridcell" className={styles.name}>
        <Name {...props} />
      </div>
      <div role="gridcell">
        <span className="visually-hidden">{`starts after ${duration(row.item.offset_s) ?? ""}`}</span>
        <Bar row={row} totalS={totalS} />
      </div>
      <div role="gridcell" className={styles.time}>
        {duration(span.duration_s) ?? <Unknown />}
      </div>
    </div>
  );
});
WaterfallRow.displayName = "WaterfallRow";
