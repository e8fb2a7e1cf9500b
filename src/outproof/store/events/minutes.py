"""Minutes rolled up: answers in, counts by minute and dimension out, exact whatever arrives late, twice or again.

A minute is sealed when everything that happened in it should be here. Its counts are taken from the answers and written
under a number, the making; a line that says so, its head, makes them good. Who is about to change a sealed minute opens
it first, with a line of its own, so that a crash in between leaves a minute that is counted anew and never a stale one.
What is missing is made again from the answers.

Before sampling takes answers out of a minute it is frozen: its counts are of all traffic, and cannot be taken again.
What comes late for it is counted beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outproof.core.time import Instant
from outproof.measure.minutes import MINUTE_NS, Minutes, minute_start
from outproof.store.events.client import Client, KnownMinutes
from outproof.store.events.counters import (
    CONTEXTS,
    COUNTERS,
    POLICY,
    PPM,
    PRICED,
    RAW_DIMENSIONS,
    ROLLED_DIMENSIONS,
    bins,
)
from outproof.store.events.schema import ARROW_HEADS, SEALED

OPENED, FROZEN, LATE = 2, 3, 4

_TIME = """
WHERE project_id = {project:String}
  AND started_at >= fromUnixTimestamp64Nano({start:Int64}) AND started_at < fromUnixTimestamp64Nano({end:Int64})
"""
_MINUTE = "toUInt32(intDiv(toUnixTimestamp64Nano(started_at), 60000000000))"
_KEYS = f"{', '.join(ROLLED_DIMENSIONS.values())}, {', '.join(PRICED)}, ppm, policy"
_COUNTED = f"""
SELECT {_MINUTE} AS minute,
    {", ".join(f"{RAW_DIMENSIONS[each]} AS {name}" for each, name in ROLLED_DIMENSIONS.items())},
    {", ".join(f"{sql} AS {name}" for name, sql in PRICED.items())}, {PPM} AS ppm, {POLICY} AS policy,
    {", ".join(f"{sql} AS {name}" for name, sql in COUNTERS.items())},
    max(position) AS through, {bins("ttft_us")} AS t, {bins("duration_us")} AS d,
    t.1 AS ttft_bins, t.2 AS ttft_counts, d.1 AS duration_bins, d.2 AS duration_counts
FROM answers {_TIME} GROUP BY minute, {_KEYS}
"""
_SPANS = f"SELECT {_MINUTE} AS minute, count() AS spans FROM answers {_TIME} GROUP BY minute ORDER BY minute"
_OLDEST = """
SELECT toUnixTimestamp64Nano(min(started_at)) AS at, count() AS spans FROM answers WHERE project_id = {project:String}
"""
_HEADS = """
SELECT minute, argMaxIf(kind, making, kind != 4) AS state, max(making) AS last_making,
    countIf(kind = 2) AS times_opened, countIf(kind = 4) AS times_late,
    argMinIf(spans, making, kind = 1) AS spans_first, argMaxIf(spans, making, kind = 1) AS spans_last,
    argMaxIf(through, making, kind = 1) AS counted_through
FROM answer_minutes
WHERE project_id = {project:String} AND kind > 0 AND minute >= {first:UInt32} AND minute < {last:UInt32}
GROUP BY minute ORDER BY minute
"""
_MAKING = "SELECT max(making) AS last_making FROM answer_minutes"
_EVER = Minutes(0, 2**32 - 1)
_IN_HEADS = ("minute", "spans", "through")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """What is known of the minutes of a range, as of the making `through`: which are rolled up, in order, with their
    spans; which of them are frozen, and to which of those something came late.

    `revision` is how often minutes were changed after they were sealed. `late_spans` came then, as last counted.
    """

    sealed: tuple[int, ...]
    spans: dict[int, int]
    frozen: frozenset[int]
    late: tuple[tuple[int, int], ...]
    through: int
    revision: int
    late_spans: int


def heads(client: Client, project: str, minutes: Minutes) -> Heads:
    """The heads of a range of minutes, as they are now."""
    rows = client.rows(_HEADS, project=project, first=minutes.first, last=minutes.last)
    good = [row for row in rows if row["state"] in (SEALED, FROZEN)]
    frozen = [row for row in good if row["state"] == FROZEN]
    return Heads(
        sealed=tuple(row["minute"] for row in good),
        spans={row["minute"]: row["spans_last"] for row in good},
        frozen=frozenset(row["minute"] for row in frozen),
        late=tuple((row["minute"], row["counted_through"]) for row in frozen if row["times_late"]),
        through=max((row["last_making"] for row in rows), default=0),
        revision=sum(row["times_opened"] + row["times_late"] for row in rows),
        late_spans=sum(row["spans_last"] - row["spans_first"] for row in rows),
    )


def opened(client: Client, project: str, instants: np.ndarray) -> None:
    """Open the sealed ones of the minutes in which something is about to change; say of frozen ones that it came late.

    Call it before the change, under `client.remembered.changing`: nothing is sealed until that is released.

    Raises:
        Transient: the store did not take it; nothing may be changed.
    """
    known = _known(client, project)
    touched = np.unique(instants // MINUTE_NS).tolist()
    again = sorted(known.sealed.intersection(touched))
    if again:
        _write_heads(client, project, dict.fromkeys(again, (0, 0)), OPENED)
        known.sealed.difference_update(again)
        known.opened.update(again)
    late = sorted(known.frozen.intersection(touched) - known.late)
    if late:
        _write_heads(client, project, dict.fromkeys(late, (0, 0)), LATE)
        known.late.update(late)


def freeze(client: Client, project: str, minutes: Minutes) -> None:
    """Keep the counts of minutes as they are, for good; those that are not sealed are counted first. Call it before
    answers are taken out of them, under `client.remembered.changing`.

    Raises:
        Transient: the store did not take it; nothing may be taken out.
    """
    known = _known(client, project)
    kept = sorted(set(range(minutes.first, minutes.last)) - known.frozen)
    if not known.sealed.issuperset(kept):
        seal(client, project, minutes)
    if kept:
        _write_heads(client, project, dict.fromkeys(kept, (0, 0)), FROZEN)
        known.sealed.difference_update(kept)
        known.frozen.update(kept)


def spans(client: Client, project: str, minutes: Minutes) -> dict[int, int]:
    """How many spans began in each minute that has any."""
    found = client.rows(_SPANS, project=project, **_bounds(minutes))
    return {row["minute"]: row["spans"] for row in found}


def oldest(client: Client, project: str) -> Instant | None:
    """When the first span of a project began; None without one."""
    (row,) = client.rows(_OLDEST, project=project)
    return Instant(row["at"]) if row["spans"] else None


def seal(client: Client, project: str, minutes: Minutes) -> None:
    """Count these minutes and seal them, those too in which nothing was; frozen ones stay as they are.

    Raises:
        Transient: the store did not take everything; what was not finished is not used.
    """
    with client.remembered.changing:
        known = _known(client, project)
        table = client.arrow(_COUNTED, project=project, contexts=list(CONTEXTS), **_bounds(minutes))
        counted = {minute: (0, 0) for minute in range(minutes.first, minutes.last) if minute not in known.frozen}
        table = table.filter(pc.is_in(table["minute"], pa.array(list(counted), pa.uint32())))
        for minute, spans, through in zip(*(table[name].to_pylist() for name in _IN_HEADS), strict=True):
            counted[minute] = (counted[minute][0] + spans, max(counted[minute][1], through))
        making = _next_making(client)
        if table.num_rows:
            rows = table.num_rows
            client.insert(
                "answer_minutes",
                table.drop_columns(["t", "d", "through"])
                .append_column("project_id", pa.repeat(pa.scalar(project), rows))
                .append_column("making", pa.repeat(pa.scalar(making, pa.uint64()), rows))
                .append_column("kind", pa.repeat(pa.scalar(0, pa.uint8()), rows)),
            )
        if counted:
            _write_heads(client, project, counted, SEALED, making)
        known.sealed.update(counted)
        known.opened.difference_update(counted)


def _known(client: Client, project: str) -> KnownMinutes:
    """What the one loader of a store, who alone changes it, knows of the minutes of a project."""
    known = client.remembered.minutes
    if project not in known:
        found = heads(client, project, _EVER)
        known[project] = KnownMinutes(
            sealed=set(found.sealed) - found.frozen, frozen=set(found.frozen), late={minute for minute, _ in found.late}
        )
    return known[project]


def _next_making(client: Client) -> int:
    """A number above all that were given."""
    if client.remembered.making is None:
        (row,) = client.rows(_MAKING)
        client.remembered.making = row["last_making"]
    client.remembered.making += 1
    return client.remembered.making


def _write_heads(
    client: Client, project: str, counted: Mapping[int, tuple[int, int]], kind: int, making: int | None = None
) -> None:
    number = _next_making(client) if making is None else making
    columns = {
        "project_id": [project] * len(counted),
        "kind": [kind] * len(counted),
        "minute": list(counted),
        "making": [number] * len(counted),
        "spans": [spans for spans, _ in counted.values()],
        "through": [through for _, through in counted.values()],
    }
    client.insert("answer_minutes", pa.table(columns, schema=ARROW_HEADS))


def _bounds(minutes: Minutes) -> dict[str, int]:
    return {"start": minute_start(minutes.first), "end": minute_start(minutes.last)}
