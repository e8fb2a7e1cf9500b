"""Journal entries into the event store: each span once, however often it was delivered or its entry replayed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outproof.contract.answer import COLUMN_NAMES, COLUMNS, ColumnKind, SetAside
from outproof.store.events.beside import apart, complete_stored, completed
from outproof.store.events.client import Client
from outproof.store.events.minutes import opened
from outproof.store.events.once import TRACE_NUMBER, counted_once, reach
from outproof.store.events.schema import ARROW_ANSWERS, ARROW_SET_ASIDE, TOKENS_MAX
from outproof.store.journal.codec import Body

_LABELS = frozenset(column.name for column in COLUMNS if column.kind is ColumnKind.LABEL)
_DAY_NS = 86_400 * 10**9
_INSTANT = ARROW_ANSWERS.field("received_at").type

_WHEN = """
WHERE project_id = {project:String}
  AND started_at >= fromUnixTimestamp64Nano({since:Int64}) AND started_at <= fromUnixTimestamp64Nano({until:Int64})
"""
_KNOWN = f"SELECT span_id, {TRACE_NUMBER} AS trace FROM answers {_WHEN}"
_NAMED = f"SELECT span_id, trace_id, position FROM answers {_WHEN} AND span_id IN {{spans:Array(UInt64)}}"


@dataclass(slots=True)
class Loaded:
    """What became of the spans of some entries, by project."""

    stored: Counter[str] = field(default_factory=Counter)
    duplicate: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)
    """Log records with facts of spans."""
    rows: list[pa.Table] = field(default_factory=list)
    """The rows that were new, as they were inserted."""
    stored_of: Counter[int] = field(default_factory=Counter)
    duplicate_of: Counter[int] = field(default_factory=Counter)
    """The same counts by the position of the entry."""


def load(client: Client, entries: Sequence[tuple[int, Body]]) -> Loaded:
    """Insert what is not there yet and return what was new and what was not.

    Raises:
        Transient: the store did not take everything; the same call completes it.
    """
    loaded = Loaded()
    for project in dict.fromkeys(body.project for _, body in entries):
        own = [(position, body) for position, body in entries if body.project == project]
        table, logs = apart(_table(project, own))
        if table.num_rows:
            when = {"project": project, **reach(table)}
            known = client.arrow(_KNOWN, **when)
            fresh, replayed = _fresh(client, when, table, known["span_id"].to_numpy())
            new = table.filter(pa.array(fresh))
            if new.num_rows:
                new = completed(client, project, new, logs)
                with client.remembered.changing:
                    opened(client, project, pc.cast(new["started_at"], pa.int64()).to_numpy())
                    new = counted_once(client, when, new, known["trace"].to_numpy())
                    _insert_by_day(client, new)
                loaded.rows.append(new)
            _count(loaded, project, table["position"].to_numpy(), fresh | replayed)
        complete_stored(client, project, logs)
        loaded.beside[project] += len(logs)
        _load_set_aside(client, own)
    return loaded


def _count(loaded: Loaded, project: str, positions: np.ndarray, stored: np.ndarray) -> None:
    for counts, by_position, those in (
        (loaded.stored, loaded.stored_of, positions[stored]),
        (loaded.duplicate, loaded.duplicate_of, positions[~stored]),
    ):
        counts[project] += len(those)
        by_position.update(dict(zip(*(each.tolist() for each in np.unique(those, return_counts=True)), strict=True)))


def _table(project: str, entries: Sequence[tuple[int, Body]]) -> pa.Table:
    """The rows of all entries, column by column: many small entries cost hardly more than one large one."""
    sizes = [len(body.columns["span_id"]) for _, body in entries]
    positions = np.repeat(np.array([position for position, _ in entries], dtype=np.uint64), sizes)
    received = pa.array(np.repeat(np.array([body.received_at for _, body in entries], dtype=np.int64), sizes))
    arrays = [pa.repeat(pa.scalar(project), sum(sizes)), pa.array(positions), received.cast(_INSTANT)]
    for name in COLUMN_NAMES:
        kind = ARROW_ANSWERS.field(name).type
        parts = [body.columns.get(name) or () for _, body in entries]
        if all(part.count(None) == len(part) for part in parts):  # many columns are, and cost nothing then
            arrays.append(_nothing(sum(sizes), kind, is_label=name in _LABELS))
            continue
        values = list(chain.from_iterable(part or [None] * size for part, size in zip(parts, sizes, strict=True)))
        if kind == pa.uint32():
            values = [None if value is None or value > TOKENS_MAX else value for value in values]
        arrays.append(_array(values, kind, is_label=name in _LABELS))
    return pa.Table.from_arrays(arrays, names=ARROW_ANSWERS.names)


def _array(values: list[Any], kind: pa.DataType, *, is_label: bool) -> pa.Array:
    """The values as Arrow. A label stands in it once, and a number per row, which halves the cost of the insert."""
    is_constant = len(values) > 1 and values.count(values[0]) == len(values)
    array = pa.array(values[:1] if is_constant else values, kind)
    if is_label:
        array = array.dictionary_encode()
    return array.take(np.zeros(len(values), dtype=np.int64)) if is_constant else array


def _nothing(rows: int, kind: pa.DataType, *, is_label: bool) -> pa.Array:
    if not is_label:
        return pa.nulls(rows, kind)
    return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), pa.array([], kind))


def _fresh(
    client: Client, when: Mapping[str, Any], table: pa.Table, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which rows are neither in the store nor earlier in the table; and which are there from a run cut short."""
    spans = table["span_id"].to_numpy()
    fresh = np.ones(len(spans), dtype=bool)
    fresh[:] = False
    fresh[np.unique(spans, return_index=True)[1]] = True
    suspects = np.isin(spans, known) | ~fresh
    replayed = np.zeros(len(spans), dtype=bool)
    if not suspects.any():
        return fresh, replayed
    # Few rows come here: those that share a span id with another. The trace decides.
    traces, positions = table["trace_id"].to_pylist(), table["position"].to_pylist()
    named = client.arrow(_NAMED, **when, spans=np.unique(spans[suspects]).tolist())
    names = zip(named["trace_id"].to_pylist(), named["span_id"].to_pylist(), strict=True)
    there = dict(zip(names, named["position"].to_pylist(), strict=True))
    seen: set[tuple[bytes, int]] = set()
    for index in np.flatnonzero(suspects | np.isin(spans, spans[suspects])):
        name = (traces[index], int(spans[index]))
        fresh[index] = name not in there and name not in seen
        replayed[index] = name not in seen and there.get(name) == positions[index]
        seen.add(name)
    return fresh, replayed


def _insert_by_day(client: Client, table: pa.Table) -> None:
    """One INSERT per day: a kill in between leaves whole days, and the next run finds what is there."""
    days = pc.floor(pc.divide(pc.cast(table["started_at"], pa.int64()), _DAY_NS))
    for day in pc.unique(days).to_pylist():
        client.insert("answers", _told(table.filter(pc.equal(days, day))))


def _told(table: pa.Table) -> pa.Table:
    """The columns of which anything is known: what is left out of an insert is null, and costs nothing."""
    return table.select([name for name in table.column_names if table[name].null_count < table.num_rows])


def _load_set_aside(client: Client, entries: Sequence[tuple[int, Body]]) -> None:
    rows = [_aside_row(body.project, position, item) for position, body in entries for item in body.set_aside]
    if rows:
        client.insert("set_aside", pa.Table.from_pylist(rows, schema=ARROW_SET_ASIDE))


def _aside_row(project: str, position: int, item: SetAside) -> dict[str, object]:
    return {
        "project_id": project,
        "position": position,
        "trace_id": item.trace_id,
        "span_id": item.span_id,
        "started_at": item.started_at,
        "service": item.service,
        "reason": item.reason,
        "facts": json.dumps(item.facts),
    }
