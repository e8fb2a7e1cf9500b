"""Calls counted once across requests: new rows and the store in; the rows as they are to be stored out.

Within a request the wire reading has paired already. What comes in different requests, from different processes even,
meets here: the store is asked for rows of the same traces, and of services where several emitters write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outproof.contract.answer import COLUMN_NAMES, SLOT, TEXT_COLUMNS
from outproof.store.events.client import Client
from outproof.store.events.minutes import opened
from outproof.wire.counting import COMPLETED, READ, count_beside
from outproof.wire.twins import GATEWAY

_Row = Mapping[str, Any]

_BEFORE_NS = 2 * 10**9
"""How long before the first new span a stored one began at most: wrappers and attempts begin close to each other."""
_AFTER_NS_MAX = 600 * 10**9
_ROWS_MAX = 20_000
_WRITERS_MAX = 10_000

_WHEN = """
WHERE project_id = {project:String}
  AND started_at >= fromUnixTimestamp64Nano({since:Int64}) AND started_at <= fromUnixTimestamp64Nano({until:Int64})
"""
TRACE_NUMBER = "reinterpretAsUInt64(substring(trace_id, 1, 8))"
"""The first half of a trace id: enough to ask by, and the ids themselves decide."""
_TELLS = "(is_call OR is_duplicate)"
_NAME = "ifNull(call_id, lower(leftPad(hex(span_id), 16, '0')))"
"""The span that counts the call that a row tells of."""
_WRITERS = f"SELECT DISTINCT service, dialect FROM answers {_WHEN} AND {_TELLS}"
_READ = (
    *dict.fromkeys((*READ, *COMPLETED, "is_call", "is_duplicate", "call_id", "is_gateway", "retry_of", "attempt")),
)
_ROWS = f"""
SELECT {", ".join(name for name in _READ if name != "started_at")}, toUnixTimestamp64Nano(started_at) AS at
FROM answers {_WHEN}
"""
_OF_TRACES = f"{_ROWS} AND {TRACE_NUMBER} IN {{traces:Array(UInt64)}} LIMIT {{limit:UInt32}}"
_OF_SERVICES = f"""
{_ROWS} AND {_TELLS} AND service IN {{services:Array(String)}} AND {_NAME} IN (
  SELECT name FROM (
    SELECT service, dialect, {_NAME} AS name FROM answers {_WHEN} AND {_TELLS} AND service IN {{services:Array(String)}}
  )
  GROUP BY service, name
  HAVING uniqExact(dialect) < transform(toString(service), {{services:Array(String)}}, {{emitters:Array(UInt32)}}, 0)
) LIMIT {{limit:UInt32}}
"""
"""Of services of several emitters the calls that not all of them have told of yet."""
_NAMED = f"{_ROWS} AND span_id IN {{spans:Array(UInt64)}}"
_YIELD = f"""
ALTER TABLE answers UPDATE is_call = false, is_duplicate = true, call_id = {{to:String}},
  is_gateway = if(dialect = '{GATEWAY}', true, is_gateway) {_WHEN}
  AND (span_id = {{span:UInt64}} OR call_id = {{name:String}}) SETTINGS mutations_sync = 1
"""
_ATTEMPT = f"""
ALTER TABLE answers UPDATE retry_of = {{first:String}}, attempt = {{number:UInt32}} {_WHEN}
  AND span_id = {{span:UInt64}} SETTINGS mutations_sync = 1
"""
_WHERE_LEARNED = f"{_WHEN} AND is_call AND span_id IN {{spans:Array(UInt64)}} SETTINGS mutations_sync = 1"


def reach(table: pa.Table) -> dict[str, int]:
    """How far around new spans stored ones may lie that tell of the same calls."""
    started = pc.cast(table["started_at"], pa.int64()).to_numpy()
    durations = pc.fill_null(table["duration_us"], 0).to_numpy().astype(np.int64) * 1_000
    until = int((started + np.clip(durations, 0, _AFTER_NS_MAX)).max())
    return {"since": int(started.min()) - _BEFORE_NS, "until": until}


def counted_once(client: Client, when: Mapping[str, Any], table: pa.Table, stored: np.ndarray) -> pa.Table:
    """The rows with what tells of a call counted already, here or in the store, marked as its duplicate.

    `stored` are the traces in the store within reach, by number. A stored call learns what only new rows know. It gives
    way where one of them knows its usage and it does not: before that row is inserted, so that a crash between leaves
    a call uncounted until the replay, never one that counts twice.

    Raises:
        Transient: the store did not answer.
    """
    tells = pc.or_(pc.fill_null(table["is_call"], False), pc.fill_null(table["is_duplicate"], False)).to_numpy()
    if not tells.any():
        return table
    traces = _trace_numbers(table)
    shared = _told_apart(traces[tells], table["position"].to_numpy()[tells], stored)
    emitters = _of_several(client, when, table.select(["service", "dialect"]).filter(pa.array(tells)))
    if not len(shared) and not emitters:
        return table
    chosen = np.isin(traces, shared) | _incomplete(table, tells, emitters)
    named = pc.unique(table["call_id"].filter(pa.array(chosen)))
    chosen |= pc.is_in(table["call_id"], named, skip_nulls=True).to_numpy()  # and whatever tells of the same calls
    rows = _stored_rows(client, when, shared, emitters)
    return _settled(client, when, table, chosen, rows)


def _told_apart(traces: np.ndarray, positions: np.ndarray, stored: np.ndarray) -> np.ndarray:
    """The traces of calls that did not come in one request: there all that belongs together was found already."""
    order = np.lexsort((positions, traces))
    traces, positions = traces[order], positions[order]
    apart = (traces[1:] == traces[:-1]) & (positions[1:] != positions[:-1])
    return np.union1d(traces[1:][apart], np.intersect1d(traces, stored))


def _incomplete(table: pa.Table, tells: np.ndarray, emitters: Mapping[str, int]) -> np.ndarray:
    """The rows about calls that not every emitter of their service has told of within their request."""
    if not emitters:
        return np.zeros(table.num_rows, dtype=bool)
    plain = pa.table({name: pc.cast(table[name], pa.string()) for name in ("service", "dialect", "call_id")})
    several = pa.array(tells & pc.is_in(plain["service"], pa.array(list(emitters))).to_numpy())
    named = plain.filter(pc.and_(several, pc.is_valid(plain["call_id"])))
    calls = named.group_by(["service", "call_id"]).aggregate([("dialect", "count_distinct")])
    needed = pa.array(emitters.values()).take(pc.index_in(calls["service"], pa.array(emitters)))
    lacking = calls["call_id"].filter(pc.less(calls["dialect_count_distinct"], needed))
    alone = pc.or_(pc.is_null(plain["call_id"]), pc.is_in(plain["call_id"], lacking))
    chosen: np.ndarray = pc.and_(several, alone).to_numpy()
    return chosen


def _stored_rows(
    client: Client, when: Mapping[str, Any], traces: np.ndarray, emitters: Mapping[str, int]
) -> list[dict[str, Any]]:
    """What is stored of these traces, of calls that lack an emitter, and the spans that they are named after."""
    found = []
    if len(traces):
        found += client.rows(_OF_TRACES, **when, traces=traces.tolist(), limit=_ROWS_MAX)
    if emitters:
        several = {"services": list(emitters), "emitters": list(emitters.values())}
        found += client.rows(_OF_SERVICES, **when, **several, limit=_ROWS_MAX)
    rows = {(row["trace_id"], row["span_id"]): row for row in found}
    there = {row["span_id"] for row in rows.values()}
    away = {int(row["call_id"], 16) for row in rows.values() if row["call_id"]} - there
    if away:
        rows |= {(row["trace_id"], row["span_id"]): row for row in client.rows(_NAMED, **when, spans=sorted(away))}
    return list(rows.values())


def _settled(
    client: Client, when: Mapping[str, Any], table: pa.Table, chosen: np.ndarray, stored: Sequence[Mapping[str, Any]]
) -> pa.Table:
    part = table.filter(pa.array(chosen))
    columns: list[list[Any]] = [part[name].to_pylist() for name in COLUMN_NAMES]
    columns[SLOT["started_at"]] = pc.cast(part["started_at"], pa.int64()).to_pylist()
    for name, column in zip(COLUMN_NAMES, columns, strict=True):
        column += [row.get("at" if name == "started_at" else name) for row in stored]
    changed = count_beside(columns, part.num_rows)
    of_stored = {
        number: {name: columns[SLOT[name]][number + part.num_rows] for name in _READ}
        for number in sorted(index - part.num_rows for index in changed if index >= part.num_rows)
    }
    _change(client, when, [(stored[number], now) for number, now in of_stored.items()])
    if min(changed, default=part.num_rows) >= part.num_rows:
        return table
    arrays = [part["project_id"], part["position"], part["received_at"]]
    for name, column in zip(COLUMN_NAMES, columns, strict=True):
        arrays.append(_array(column[: part.num_rows], part.schema.field(name).type))
    parts = [table.filter(pa.array(~chosen)), pa.Table.from_arrays(arrays, schema=table.schema)]
    return pa.concat_tables(parts).unify_dictionaries()  # an insert carries one dictionary per column


def _change(client: Client, when: Mapping[str, Any], rows: Sequence[tuple[_Row, _Row]]) -> None:
    """Write down what became of stored rows: each as it was, and as it is now."""
    giving_way = [(was, now) for was, now in rows if now["is_duplicate"] and was["call_id"] != now["call_id"]]
    # Where the span around a stored attempt came later and showed who had asked; those that are linked stay so.
    linked = [(was, now) for was, now in rows if now["is_call"] and now["retry_of"] and not was["retry_of"]]
    facts = [name for name in COMPLETED if any(was[name] != now[name] for was, now in rows if now["is_call"])]
    learned = [now for was, now in rows if now["is_call"] and any(was[name] != now[name] for name in facts)]
    instants = {was["at"] for was, _ in (*giving_way, *linked)} | {now["started_at"] for now in learned}
    opened(client, when["project"], np.array(sorted(instants), dtype=np.int64))
    around = {**when, "since": when["since"] - _AFTER_NS_MAX}  # twins may have begun long before the calls they name
    for name, to in {was["call_id"] or f"{was['span_id']:016x}": now["call_id"] for was, now in giving_way}.items():
        client.command(_YIELD, **around, span=int(name, 16), name=name, to=to)
    for _, now in linked:
        client.command(_ATTEMPT, **when, span=now["span_id"], first=now["retry_of"], number=now["attempt"])
    if learned:
        learn = f"ALTER TABLE answers UPDATE {', '.join(map(_learned, facts))} {_WHERE_LEARNED}"
        values = {name: [_plain(now[name]) for now in learned] for name in facts}
        client.command(learn, **when, spans=[now["span_id"] for now in learned], **values)


def _learned(name: str) -> str:
    kind = "String" if name in TEXT_COLUMNS else "UInt64"
    return f"{name} = transform(span_id, {{spans:Array(UInt64)}}, {{{name}:Array(Nullable({kind}))}}, NULL)"


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _of_several(client: Client, when: Mapping[str, Any], told: pa.Table) -> dict[str, int]:
    """Services of new calls in which more than one emitter writes, by the new ones and the store; and how many do."""
    names = [pc.unique(told[name]).to_pylist() for name in ("service", "dialect")]
    ours = set(product(*names)) if 1 in map(len, names) else _pairs(told)
    known = client.remembered.writers
    if when["project"] not in known or len(known[when["project"]]) > _WRITERS_MAX:
        known[when["project"]] = {(row["service"], row["dialect"]) for row in client.rows(_WRITERS, **when)}
    known[when["project"]] |= ours
    emitters = Counter(service for service, _ in known[when["project"]])
    return {service: emitters[service] for service in sorted(names[0]) if emitters[service] > 1}


def _pairs(calls: pa.Table) -> set[tuple[str, str]]:
    plain = pa.table({name: pc.cast(calls[name], pa.string()) for name in ("service", "dialect")})
    return {(row["service"], row["dialect"]) for row in plain.group_by(plain.column_names).aggregate([]).to_pylist()}


def _trace_numbers(table: pa.Table) -> np.ndarray:
    """The first half of each trace id as the store numbers it."""
    traces = table["trace_id"].combine_chunks()
    return np.frombuffer(traces.buffers()[1], dtype="<u8")[::2][traces.offset : traces.offset + len(traces)]


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, pa.string()).dictionary_encode().cast(kind)
    return pa.array(values, kind)
