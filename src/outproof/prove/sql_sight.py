"""A query as one run must find it answered: surface and facts in; a sight, then a look at its rows, out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outproof.contract.surface import ROWS_MAX, SqlSurface
from outproof.core.time import Instant
from outproof.prove.known_facts import Known, NotReported
from outproof.prove.look import Condition, Look, judged
from outproof.prove.seen_value import Limits, newer, written_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSight:
    """A query with the values of its parameters, and what it must find. `since`: its value must be a time after it."""

    shown: str
    surface: SqlSurface
    parameters: Mapping[str, str | int | float | bool]
    limits: Limits
    rows_at_least: int | float | None
    since: Instant | None

    @property
    def place(self) -> str:
        return self.surface.place


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query found: the first column of its first row, and how many rows there are; `ROWS_MAX` + 1: more."""

    first: object
    count: int


def sql_sight(surface: SqlSurface, known: Known) -> SqlSight:
    """What to look for.

    Raises:
        NotReported: the run has not reported a fact that it takes.
    """
    rows_at_least = known.number(surface.rows_at_least)
    if rows_at_least is not None and rows_at_least > ROWS_MAX:
        raise NotReported(f"its limit is {rows_at_least} rows, of which {ROWS_MAX} are counted: count in SQL")
    return SqlSight(
        shown=f"database {surface.dsn_env}",
        surface=surface,
        parameters={name: known.fact(name, "the query takes") for name in surface.placeholders},
        limits=Limits(
            equals=known.wanted(surface.equals),
            at_least=known.number(surface.at_least),
            at_most=known.number(surface.at_most),
        ),
        rows_at_least=rows_at_least,
        since=known.since(wanted=surface.newer_than_open),
    )


def sql_reading(sight: SqlSight, rows: Rows) -> Look:
    """Whether the rows are what was expected; says what was expected and what was seen, but never quotes a row."""
    newest_at = written_at(rows.first) if rows.count else None
    return judged(sight.shown, list(_conditions(sight, rows, newest_at)), newest_at)


def _conditions(sight: SqlSight, rows: Rows, newest_at: Instant | None) -> Iterator[Condition]:
    counted = f"{rows.count} row{'' if rows.count == 1 else 's'}" if rows.count <= ROWS_MAX else f"over {ROWS_MAX} rows"
    measured = {"rows": rows.count} if rows.count <= ROWS_MAX else {}
    if sight.rows_at_least is not None:
        expected = f"{sight.rows_at_least} or more rows"
        yield Condition(expected=expected, passed=rows.count >= sight.rows_at_least, saw=counted, measured=measured)
    wanted = sight.limits.text("the value")
    if not wanted and sight.rows_at_least is not None and sight.since is None:
        return
    if rows.count != 1:
        expected = f"one row with {wanted}" if wanted else "one row with a time"
        yield Condition(expected=expected, passed=False, saw=counted, measured=measured)
        return
    if wanted:
        yield sight.limits.condition(rows.first, "the value")
    if sight.since is not None:
        yield newer(newest_at, sight.since, "the value, which must be a time with its zone,")
    elif not wanted:
        saw = "the value is empty" if rows.first is None else "the value is no time with its zone"
        yield Condition(expected="a time", passed=None if newest_at is None else True, saw=saw)
