"""Facts that came beside spans, as log records: they complete the span they name, whichever of the two comes first.

A fact never replaces what the span says itself, and the same record again changes nothing. What names a span that is
not there yet waits in a table of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outproof.store.events.client import Client
from outproof.store.events.minutes import opened
from outproof.store.events.schema import ARROW_BESIDE, TEXT_FACTS
from outproof.wire.logs import BESIDE, CAME_AS_LOG

_BEFORE_NS, _AFTER_NS = 3_600 * 10**9, 600 * 10**9
"""How far a record may lie from the start of its span: a call lasts minutes, a record is written when it ends."""

_WHEN = """
WHERE project_id = {project:String}
  AND started_at >= fromUnixTimestamp64Nano({since:Int64}) AND started_at <= fromUnixTimestamp64Nano({until:Int64})
"""
_FACTS = ", ".join(BESIDE)
_WAITING = f"SELECT trace_id, span_id, {_FACTS} FROM beside {_WHEN} ORDER BY started_at"
_STORED = f"""
SELECT trace_id, span_id, toUnixTimestamp64Nano(started_at) AS at, {_FACTS} FROM answers {_WHEN}
  AND span_id IN {{spans:Array(UInt64)}}
"""
_UPDATES = ", ".join(
    f"{name} = coalesce({name}, transform(span_id, {{spans:Array(UInt64)}}, "
    f"{{{name}:Array(Nullable({'String' if name in TEXT_FACTS else 'UInt64'}))}}, NULL))"
    for name in BESIDE
)
_ENDED = "stream_end IN ('abandoned', 'unknown') AND span_id IN {ended:Array(UInt64)}"
_STREAM_END = f"stream_end = if({_ENDED}, 'finished', stream_end)"
_COMPLETE = f"""
ALTER TABLE answers UPDATE {_UPDATES}, {_STREAM_END} {_WHEN}
  AND span_id IN {{spans:Array(UInt64)}} SETTINGS mutations_sync = 1
"""

Row = Mapping[str, Any]
Name = tuple[bytes, int]


def apart(table: pa.Table) -> tuple[pa.Table, list[Row]]:
    """The spans of a table, and the facts that came beside others."""
    is_log = pc.fill_null(pc.equal(pc.cast(table["came_as"], pa.string()), CAME_AS_LOG), False)
    if not pc.any(is_log).as_py():
        return table, []
    logs = table.filter(is_log)
    at = pc.cast(logs["started_at"], pa.int64())
    rows = logs.select(["position", "trace_id", "span_id", *BESIDE]).append_column("at", at).to_pylist()
    return table.filter(pc.invert(is_log)), rows


def completed(client: Client, project: str, spans: pa.Table, logs: Sequence[Row]) -> pa.Table:
    """New spans with what came beside them before, or comes with them.

    Raises:
        Transient: the store did not answer.
    """
    if not logs and not client.remembered.waiting:
        return spans
    starts = pc.cast(spans["started_at"], pa.int64())
    since, until = pc.min(starts).as_py() - _AFTER_NS, pc.max(starts).as_py() + _BEFORE_NS
    waiting = client.rows(_WAITING, project=project, since=since, until=until)
    facts = _by_span([*waiting, *logs])
    if not facts:
        return spans
    names = list(zip(spans["trace_id"].to_pylist(), spans["span_id"].to_pylist(), strict=True))
    if facts.keys().isdisjoint(names):
        return spans
    columns = {name: spans[name].to_pylist() for name in (*BESIDE, "stream_end")}
    for index, name in enumerate(names):
        for column, fact in facts.get(name, {}).items():
            if columns[column][index] is None:
                columns[column][index] = fact
        if name in facts and _ended(facts[name]) and columns["stream_end"][index] in ("abandoned", "unknown"):
            columns["stream_end"][index] = "finished"
    for column, values in columns.items():
        place = spans.schema.get_field_index(column)
        spans = spans.set_column(place, spans.schema.field(place), _array(values, spans.schema.field(place).type))
    return spans


def complete_stored(client: Client, project: str, logs: Sequence[Row]) -> None:
    """Give stored spans what came beside them, and keep what names a span that is not there yet.

    Raises:
        Transient: the store did not take everything; the same call completes it.
    """
    if not logs:
        return
    facts = _by_span(logs)
    when = {
        "project": project,
        "since": min(row["at"] for row in logs) - _BEFORE_NS,
        "until": max(row["at"] for row in logs) + _AFTER_NS,
    }
    stored = client.rows(_STORED, **when, spans=sorted({span for _, span in facts}))
    here = {(row["trace_id"], row["span_id"]): row for row in stored}
    lacking = {name: each for name, each in facts.items() if name in here and _lacks(here[name], each)}
    if lacking:
        spans = [span for _, span in lacking]
        values = {column: [each.get(column) for each in lacking.values()] for column in BESIDE}
        ended = [span for (_, span), each in lacking.items() if _ended(each)]
        instants = np.array([here[name]["at"] for name in lacking], dtype=np.int64)
        with client.remembered.changing:
            opened(client, project, instants)
            client.command(_COMPLETE, **when, spans=spans, ended=ended, **values)
    waiting = [row for row in logs if (row["trace_id"], row["span_id"]) not in here]
    if waiting:
        plain = [{**row, "project_id": project, "started_at": row["at"]} for row in waiting]
        client.remembered.waiting = True
        client.insert("beside", pa.Table.from_pylist(plain, schema=ARROW_BESIDE))


def _by_span(rows: Sequence[Row]) -> dict[Name, dict[str, Any]]:
    """What is known of each span; of several records the first that says a thing is believed."""
    facts: dict[Name, dict[str, Any]] = {}
    for row in rows:
        known = facts.setdefault((row["trace_id"], row["span_id"]), {})
        for name in BESIDE:
            if row[name] is not None:
                known.setdefault(name, row[name])
    return facts


def _lacks(stored: Row, facts: Mapping[str, Any]) -> bool:
    return any(stored[name] is None for name in facts)


def _ended(facts: Mapping[str, Any]) -> bool:
    """Whether they came with the last chunk. A reason of `error` also stands in for one that never came."""
    return facts.get("finish_reason", "error") != "error" or "output_tokens" in facts


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, pa.string()).dictionary_encode().cast(kind)
    return pa.array(values, kind)
