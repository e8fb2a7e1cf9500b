"""The tables of the event store, from the columns of the contract."""

from __future__ import annotations

import pyarrow as pa

from outproof.contract.answer import COLUMNS, ColumnKind
from outproof.store.events.counters import COUNTERS, ROLLED_DIMENSIONS
from outproof.wire.logs import BESIDE

_CLICKHOUSE = {
    ColumnKind.TRACE_ID: "FixedString(16) CODEC(NONE)",  # random: nothing to compress
    ColumnKind.SPAN_ID: "UInt64 CODEC(ZSTD(1))",
    ColumnKind.INSTANT: "DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1))",
    ColumnKind.MICROS: "Nullable(UInt64) CODEC(T64, ZSTD(1))",
    ColumnKind.TOKENS: "Nullable(UInt32) CODEC(T64, ZSTD(1))",
    ColumnKind.FLAG: "Nullable(Bool) CODEC(ZSTD(1))",
    ColumnKind.LABEL: "LowCardinality(Nullable(String)) CODEC(ZSTD(1))",
    ColumnKind.NAME: "Nullable(String) CODEC(ZSTD(1))",
}
_ARROW = {
    ColumnKind.TRACE_ID: pa.binary(16),
    ColumnKind.SPAN_ID: pa.uint64(),
    ColumnKind.INSTANT: pa.timestamp("ns", "UTC"),
    ColumnKind.MICROS: pa.uint64(),
    ColumnKind.TOKENS: pa.uint32(),
    ColumnKind.FLAG: pa.bool_(),
    ColumnKind.LABEL: pa.string(),
    ColumnKind.NAME: pa.string(),
}
TOKENS_MAX = 2**32 - 1
_REQUIRED = {"service": "LowCardinality(String) CODEC(ZSTD(1))"}

ARROW_ANSWERS = pa.schema(
    [
        pa.field("project_id", pa.string()),
        pa.field("position", pa.uint64()),
        pa.field("received_at", pa.timestamp("ns", "UTC")),
        *(pa.field(column.name, _ARROW[column.kind]) for column in COLUMNS),
    ]
)

_RECEIVED_AT = "received_at Nullable(DateTime64(9, 'UTC')) CODEC(Delta, ZSTD(1))"
"""When it came: what a window showed at the time can be told from it. Null: it came before this was written down."""

_SETTINGS = "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000"


def _columns() -> str:
    return ",\n    ".join(f"{c.name} {_REQUIRED.get(c.name, _CLICKHOUSE[c.kind])}" for c in COLUMNS)


CREATE_ANSWERS = f"""
CREATE TABLE IF NOT EXISTS answers (
    project_id LowCardinality(String),
    position UInt64 CODEC(Delta, ZSTD(1)),  -- of the journal entry it came in: tells a replay from a duplicate
    {_RECEIVED_AT},
    {_columns()}
)
ENGINE = MergeTree PARTITION BY toYYYYMMDD(started_at) ORDER BY (project_id, service, started_at)
{_SETTINGS}
"""

ADD_COLUMNS = f"ALTER TABLE answers ADD COLUMN IF NOT EXISTS {_RECEIVED_AT}, " + ", ".join(
    f"ADD COLUMN IF NOT EXISTS {c.name} {_CLICKHOUSE[c.kind]}" for c in COLUMNS if c.name not in _REQUIRED
)
"""For a table that an older version made: a column is only ever added, and is unknown in the rows from before."""

_BESIDE = [column for column in COLUMNS if column.name in BESIDE]
TEXT_FACTS = frozenset(c.name for c in _BESIDE if c.kind in (ColumnKind.LABEL, ColumnKind.NAME))

CREATE_BESIDE = f"""
CREATE TABLE IF NOT EXISTS beside (
    project_id LowCardinality(String),
    position UInt64,
    trace_id FixedString(16),
    span_id UInt64,
    started_at DateTime64(9, 'UTC'),
    {", ".join(f"{column.name} {_CLICKHOUSE[column.kind]}" for column in _BESIDE)}
)
ENGINE = MergeTree PARTITION BY toYYYYMMDD(started_at) ORDER BY (project_id, started_at)
{_SETTINGS}
"""
"""Facts of spans that were not there when they came."""

ARROW_BESIDE = pa.schema(
    [
        pa.field("project_id", pa.string()),
        pa.field("position", pa.uint64()),
        pa.field("trace_id", pa.binary(16)),
        pa.field("span_id", pa.uint64()),
        pa.field("started_at", pa.timestamp("ns", "UTC")),
        *(pa.field(column.name, _ARROW[column.kind]) for column in _BESIDE),
    ]
)

CREATE_SET_ASIDE = f"""
CREATE TABLE IF NOT EXISTS set_aside (
    project_id LowCardinality(String),
    position UInt64,
    trace_id FixedString(16),
    span_id UInt64,
    started_at DateTime64(9, 'UTC'),
    service LowCardinality(String),
    reason LowCardinality(String),
    facts String
)
ENGINE = MergeTree PARTITION BY toYYYYMM(started_at) ORDER BY (project_id, service, started_at)
{_SETTINGS}
"""

ARROW_SET_ASIDE = pa.schema(
    [
        pa.field("project_id", pa.string()),
        pa.field("position", pa.uint64()),
        pa.field("trace_id", pa.binary(16)),
        pa.field("span_id", pa.uint64()),
        pa.field("started_at", pa.timestamp("ns", "UTC")),
        pa.field("service", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("facts", pa.string()),
    ]
)

SEALED = 1
"""The kind of a head that makes the counts of its making good; 0 are the counts. See `minutes` for the others."""

CREATE_MINUTES = f"""
CREATE TABLE IF NOT EXISTS answer_minutes (
    project_id LowCardinality(String),
    kind UInt8,
    minute UInt32 CODEC(Delta, ZSTD(1)),  -- since 1970
    making UInt64 CODEC(Delta, ZSTD(1)),
    through UInt64 CODEC(Delta, ZSTD(1)),
    {", ".join(f"{name} LowCardinality(Nullable(String)) CODEC(ZSTD(1))" for name in ROLLED_DIMENSIONS.values())},
    ppm UInt32 CODEC(ZSTD(1)),
    policy LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
    context UInt32 CODEC(ZSTD(1)),
    unsaid UInt8 CODEC(ZSTD(1)),
    contradicts UInt8 CODEC(ZSTD(1)),
    {", ".join(f"{name} UInt64 CODEC(T64, ZSTD(1))" for name in COUNTERS)},
    {", ".join(f"{name}_bins Array(Int16) CODEC(ZSTD(1))" for name in ("ttft", "duration"))},
    {", ".join(f"{name}_counts Array(UInt64) CODEC(ZSTD(1))" for name in ("ttft", "duration"))}
)
ENGINE = MergeTree PARTITION BY intDiv(minute, 1440) ORDER BY (project_id, kind, minute, making)
{_SETTINGS}
"""

ARROW_HEADS = pa.schema(
    [
        pa.field("project_id", pa.string()),
        pa.field("kind", pa.uint8()),
        pa.field("minute", pa.uint32()),
        pa.field("making", pa.uint64()),
        pa.field("spans", pa.uint64()),
        pa.field("through", pa.uint64()),
    ]
)
