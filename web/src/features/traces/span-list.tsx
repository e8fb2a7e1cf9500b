// Spans one below the other, the newest first: what each is, what it decided, how long it took and what it cost.
import { Link } from "@tanstack/react-router";

import type { Span } from "@/api/contract";
import { paths } from "@/app/paths";
import { usd } from "@/lib/money";
import { count, duration } from "@/lib/quantity";
import { DataTable } from "@/ui/data-table";
import { Instant } from "@/ui/instant";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

import { SpanKindBadge } from "./span-kind";
import styles from "./span-list.module.css";
import { SpanMarks } from "./span-marks";

const What = ({ span }: { span: Span }) => (
  <div className={styles.what}>
    <Link to={paths.span} params={{ trace: span.trace_id, span: span.span_id }} search={{ at: span.at }} className={styles.name}>
      <Text>{span.request_id ?? span.name}</Text>
    </Link>
    <SpanKindBadge kind={span.kind} />
    <SpanMarks span={span} />
  </div>
);

const Decision = ({ span }: { span: Span }) =>
  span.is_answer ? (
    <div className={styles.decision}>
      <Text mono>{span.route}</Text>
      {span.first_failed_stage === null || span.first_failed_stage === "passed" ? null : (
        <span className="quiet">failed first at <Text mono>{span.first_failed_stage}</Text></span>
      )}
    </div>
  ) : (
    <span className="quiet">none made</span>
  );

const Tokens = ({ span }: { span: Span }) => (
  <span className="whole">
    {count(span.input_tokens) ?? <Unknown />} in, {count(span.output_tokens) ?? <Unknown />} out
  </span>
);

const Whole = ({ text }: { text: string | null }) => (text === null ? <Unknown /> : <span className="whole">{text}</span>);

export const SpanList = ({ spans }: { spans: readonly Span[] }) => (
  <DataTable
    caption="Spans, the newest first"
    rows={spans}
    keyOf={({ trace_id, span_id }) => `${trace_id} ${span_id}`}
    columns={[
      { key: "what", head: "What", heading: true, cell: (span) => <What span={span} /> },
      {
        key: "service",
        head: "Service, model",
        cell: ({ service, model }) => (
          <div className={styles.decision}>
            <Text mono>{service}</Text>
            <span className="quiet"><Text mono>{model}</Text></span>
          </div>
        ),
      },
      { key: "decision", head: "Decision", cell: (span) => <Decision span={span} /> },
      { key: "ttft", head: "First token", number: true, cell: ({ ttft_s }) => <Whole text={duration(ttft_s)} /> },
      { key: "total", head: "Total", number: true, cell: ({ duration_s }) => <Whole text={duration(duration_s)} /> },
      { key: "tokens", head: "Tokens", number: true, cell: (span) => <Tokens span={span} /> },
      { key: "cost", head: "Cost", number: true, cell: ({ cost_nano_usd }) => <Whole text={usd(cost_nano_usd)} /> },
      {
        key: "at",
        head: "When",
        cell: ({ trace_id, at }) => (
          <div className={styles.decision}>
            <Instant at={at} clock />
            <Link to={paths.trace} params={{ trace: trace_id }} search={{ at }} className={styles.trace}>
              whole trace
            </Link>
          </div>
        ),
      },
    ]}
  />
);
