"""The questions asked of the event store. Every one has a project and a half-open range of event time.

Statements are put together from a closed set of columns and aggregates; every value is a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outproof.measure.dimension import ROLLED, Dimension, Where
from outproof.measure.minutes import Cover, minute_start
from outproof.store.events.counters import (
    COUNTERS,
    POLICY,
    PPM,
    PRICED,
    RAW_DIMENSIONS,
    ROLLED_DIMENSIONS,
    bins,
)

_PROJECT = "project_id = {project:String}"
_TIME = "started_at >= fromUnixTimestamp64Nano({start:Int64}) AND started_at < fromUnixTimestamp64Nano({end:Int64})"
_STEP, _ROLLED_STEP = (
    "intDiv(toUnixTimestamp64Nano(started_at) - {start:Int64}, {step:Int64})",
    "intDiv(toInt64(minute) * 60000000000 - {start:Int64}, {step:Int64})",
)
_LATE = """
started_at >= fromUnixTimestamp64Nano({late_since:Int64}) AND started_at < fromUnixTimestamp64Nano({late_until:Int64})
AND position > transform(toUInt32(intDiv(toUnixTimestamp64Nano(started_at), 60000000000)),
    {late_minutes:Array(UInt32)}, {late_through:Array(UInt64)}, 18446744073709551615)
"""
_ERA, _ROLLED_ERA = (
    "toUInt32(arrayCount(start -> start <= toUnixTimestamp64Nano(started_at), {eras:Array(Int64)}))",
    "toUInt32(arrayCount(start -> start <= toInt64(minute) * 60000000000, {eras:Array(Int64)}))",
)
"""Which rate card applies. One begins with a day, so never within a minute."""
_SEALED = f"""
SELECT minute, maxIf(making, kind = 1) FROM answer_minutes
WHERE {_PROJECT} AND kind > 0 AND minute >= {{first:UInt32}} AND minute < {{last:UInt32}}
    AND making <= {{through:UInt64}}
GROUP BY minute HAVING argMaxIf(kind, making, kind != 4) IN (1, 3)
"""
"""Minutes whose roll-up was good when a window was planned, whatever came since: every part of it sees the same."""


class Cut(StrEnum):
    """What cuts a window into parts, besides a dimension."""

    STEP = "step"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a window.

    `by` cuts it into parts: by a dimension, or into steps of time; None leaves it whole. `keys` are kept apart in each
    part, and with `priced` also what decides the price of a call. `among`: only these parts, `""` for those that do not
    say; None means all. `within`: only what has one of these values of a dimension, `""` as in `among`.
    """

    cover: Cover
    where: Where
    keys: tuple[Dimension, ...] = ()
    by: Dimension | Cut | None = None
    among: tuple[str, ...] | None = None
    priced: bool = False
    within: tuple[tuple[Dimension, tuple[str, ...]], ...] = ()

    @property
    def names(self) -> str:
        """The columns that tell the rows of an answer apart."""
        terms = ("era", *PRICED) if self.priced else ()
        return ", ".join(["part", *(key.value for key in self.keys), *terms, "ppm", "policy"])


def counts(question: Question, counters: Sequence[str] = tuple(COUNTERS)) -> list[str]:
    """The counters of a window, by its keys and by how rows were sampled: one statement for each place that is read.

    Rows of the two are to be added up. One statement for both takes the engine longer to plan than the two together.
    """
    statements = []
    if question.cover.ranges or question.cover.late:
        raw = ", ".join(f"{COUNTERS[name]} AS {name}" for name in counters)
        statements.append(f"SELECT {_raw_keys(question)}, {raw} {_from_answers(question)} GROUP BY {question.names}")
    if question.cover.rolled:
        sums = ", ".join(f"sum({name}) AS {name}" for name in counters)
        statements.append(
            f"SELECT {_rolled_keys(question)}, {sums} {_from_minutes(question)} GROUP BY {question.names}"
        )
    return statements


def values(question: Question) -> str:
    """Every value that percentiles are taken of, from the answers alone."""
    return f"""
SELECT {_raw_keys(question)}, groupArrayIf(ttft_us, is_call) AS ttft, groupArrayIf(duration_us, is_call) AS duration
{_from_answers(question)} GROUP BY {question.names}
"""


def sketches(question: Question) -> str:
    """The bins of the minutes that are rolled up."""
    found = ", ".join(
        f"tupleElement(sumMap({name}_bins, {name}_counts), {place}) AS {name}_{what}"
        for name in ("ttft", "duration")
        for place, what in ((1, "bin_numbers"), (2, "bin_counts"))
    )
    return f"SELECT {_rolled_keys(question)}, {found} {_from_minutes(question)} GROUP BY {question.names}"


def parameters(question: Question) -> dict[str, object]:
    """The values that go with a question, besides the project and the window."""
    bound: dict[str, object] = {f"is_{key.value}": value for key, value in question.where.items() if value is not None}
    bound |= {f"in_{key.value}": list(values) for key, values in question.within}
    if question.among is not None:
        bound["among"] = list(question.among)
    for number, (since, until) in enumerate(question.cover.ranges):
        bound |= {f"since{number}": since, f"until{number}": until}
    if question.cover.late:
        minutes = [minute for minute, _ in question.cover.late]
        bound |= {"late_since": minute_start(minutes[0]), "late_until": minute_start(minutes[-1] + 1)}
        bound |= {"late_minutes": minutes, "late_through": [through for _, through in question.cover.late]}
    if question.cover.rolled:
        bound |= {"first": question.cover.rolled.first, "last": question.cover.rolled.last}
        bound["left_out"] = list(question.cover.left_out)
    return bound


def can_roll(where: Where, keys: Sequence[Dimension]) -> bool:
    """Whether roll-ups know everything that is asked by."""
    return all(key in ROLLED for key in (*where, *keys))


def _raw_keys(question: Question) -> str:
    keys = {"part": _part(question.by, RAW_DIMENSIONS, _STEP)}
    keys |= {key.value: RAW_DIMENSIONS[key] for key in question.keys}
    if question.priced:
        keys |= {"era": _ERA, **PRICED}
    keys |= {"ppm": PPM, "policy": POLICY}
    return ", ".join(f"{sql} AS {name}" for name, sql in keys.items())


def _rolled_keys(question: Question) -> str:
    keys = {"part": _part(question.by, ROLLED_DIMENSIONS, _ROLLED_STEP)}
    keys |= {key.value: key.value for key in question.keys}
    if question.priced:
        keys |= {"era": _ROLLED_ERA, **{name: name for name in PRICED}}
    keys |= {"ppm": "ppm", "policy": "policy"}
    return ", ".join(name if sql == name else f"{sql} AS {name}" for name, sql in keys.items())


def _part(by: Dimension | Cut | None, columns: Mapping[Dimension, str], step: str) -> str:
    match by:
        case None:
            return "0"
        case Cut():
            return step
        case Dimension():
            return f"ifNull({columns[by]}, '')"


def _from_answers(question: Question) -> str:
    ranges = " OR ".join(
        f"(started_at >= fromUnixTimestamp64Nano({{since{n}:Int64}})"
        f" AND started_at < fromUnixTimestamp64Nano({{until{n}:Int64}}))"
        for n in range(len(question.cover.ranges))
    )
    if question.cover.late:
        ranges = f"{ranges or 'false'} OR ({_LATE})"
    return f"FROM answers WHERE {_PROJECT} AND ({ranges or 'false'}){_filters(question, RAW_DIMENSIONS)}"


def _from_minutes(question: Question) -> str:
    return f"""
FROM answer_minutes WHERE {_PROJECT} AND kind = 0 AND minute >= {{first:UInt32}} AND minute < {{last:UInt32}}
    AND (minute, making) IN ({_SEALED})
    AND NOT has({{left_out:Array(UInt32)}}, minute){_filters(question, ROLLED_DIMENSIONS)}
"""


def _filters(question: Question, columns: Mapping[Dimension, str]) -> str:
    """The conditions of a question, each with an `AND` before it."""
    among = ""
    if question.among is not None and isinstance(question.by, Dimension):
        among = f" AND ifNull({columns[question.by]}, '') IN {{among:Array(String)}}"
    within = "".join(
        f" AND ifNull({columns[key]}, '') IN {{in_{key.value}:Array(String)}}" for key, _ in question.within
    )
    return _where(question.where, columns) + among + within


def _where(where: Where, columns: Mapping[Dimension, str]) -> str:
    return "".join(
        f" AND {columns[key]} IS NULL" if value is None else f" AND {columns[key]} = {{is_{key.value}:String}}"
        for key, value in where.items()
    )


# A span that is delivered or loaded again is set aside again: rows are not spans here.
def set_aside_by_service(where: Where) -> str:
    """How many spans of a service, or of all, have facts that were set aside, by reason."""
    services: Where = {key: value for key, value in where.items() if key is Dimension.SERVICE}
    return f"""
SELECT 0 AS part, reason, uniqExact(trace_id, span_id) AS spans FROM set_aside
WHERE {_PROJECT} AND {_TIME}{_where(services, RAW_DIMENSIONS)}
GROUP BY reason ORDER BY spans DESC, reason
"""


def set_aside_by_part(question: Question) -> str:
    """The same of the parts of a window, whatever it is cut and filtered by: the spans tell."""
    return f"""
SELECT part, reason, uniqExact(trace_id, span_id) AS spans FROM
    (SELECT trace_id, span_id, reason FROM set_aside WHERE {_PROJECT} AND {_TIME}) AS aside
    INNER JOIN (
        SELECT trace_id, span_id, {_part(question.by, RAW_DIMENSIONS, _STEP)} AS part
        FROM answers WHERE {_PROJECT} AND {_TIME}{_filters(question, RAW_DIMENSIONS)}
            AND (trace_id, span_id) IN (SELECT trace_id, span_id FROM set_aside WHERE {_PROJECT} AND {_TIME})
    ) AS named USING (trace_id, span_id)
GROUP BY part, reason ORDER BY spans DESC, reason
"""


SERVICES = """
SELECT service AS name, toUnixTimestamp64Nano(max(started_at)) AS last_seen_at,
    countIf(is_answer) AS answers, countIf(is_call) AS calls
FROM answers
WHERE project_id = {project:String} AND started_at >= fromUnixTimestamp64Nano({since:Int64})
GROUP BY name ORDER BY name LIMIT 1000
"""

TOTALS = "SELECT count() AS spans FROM answers WHERE project_id = {project:String}"


_MINUTE = "toInt64(intDiv(toUnixTimestamp64Nano(started_at), 60000000000))"
_CAME = "toInt64(intDiv(toUnixTimestamp64Nano(assumeNotNull(received_at)) + 59999999999, 60000000000))"
"""The first whole minute at which it was there."""


def late_counts(where: Where, by: Dimension | None, counters: Sequence[str]) -> str:
    """The counters and sketches of answers that came after their minute, by minute and by when they came."""
    named = ", ".join(f"{COUNTERS[name]} AS {name}" for name in counters)
    return f"""
SELECT {_MINUTE} AS minute, {_CAME} AS came, {_part(by, RAW_DIMENSIONS, _STEP)} AS named,
    {PPM} AS ppm, {POLICY} AS policy, {named}, {bins("ttft_us")} AS t, {bins("duration_us")} AS d,
    t.1 AS ttft_bin_numbers, t.2 AS ttft_bin_counts, d.1 AS duration_bin_numbers, d.2 AS duration_bin_counts
FROM answers WHERE {_PROJECT} AND {_TIME} AND received_at IS NOT NULL AND {_CAME} > {_MINUTE} + 1
    {_where(where, RAW_DIMENSIONS)}
GROUP BY minute, came, named, ppm, policy
"""


def untimed_counts(where: Where) -> str:
    """How many requests of each minute there are of which it was not written down when they came."""
    return f"""
SELECT {_MINUTE} AS minute, {COUNTERS["requests"]} AS requests FROM answers
WHERE {_PROJECT} AND {_TIME} AND received_at IS NULL {_where(where, RAW_DIMENSIONS)}
GROUP BY minute
"""


def judged_answers(where: Where, columns: Sequence[str]) -> str:
    """Columns of answers, with their minute and the first whole minute at which they were there."""
    return f"""
SELECT {_MINUTE} AS minute, if(received_at IS NULL, toInt64(0), {_CAME}) AS came, {", ".join(columns)}
FROM answers WHERE {_PROJECT} AND {_TIME} AND is_answer {_where(where, RAW_DIMENSIONS)}
"""
