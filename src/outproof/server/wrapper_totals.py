"""The spans of a trace in; wrappers whose own token counts are not those of the calls inside them, out.

Only calls are counted. What an agent or a workflow says of all of them is a second opinion, and shown where it differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

_FIELDS = ("input_tokens", "output_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapperTotal:
    """What a wrapper says, and what its calls add up to. The calls are what was counted."""

    span_id: str
    name: str
    field: str
    said: int
    counted: int
    calls: int


def wrapper_totals(rows: Sequence[Row], names: Sequence[str]) -> list[WrapperTotal]:
    """The disagreements of a whole trace. Where one call does not know its tokens, there is nothing to compare."""
    return [total for field in _FIELDS for total in _of(field, rows, names)]


def _of(field: str, rows: Sequence[Row], names: Sequence[str]) -> Iterator[WrapperTotal]:
    inside = _inside(rows, field)
    for row, name in zip(rows, names, strict=True):
        calls, counted = inside[row["span_id"]]
        said = row[field]
        if said is None or counted in (None, said) or not calls or _is_counted_or_copied(row):
            continue
        span = f"{row['span_id']:016x}"
        yield WrapperTotal(span_id=span, name=name, field=field, said=said, counted=counted, calls=calls)


def _is_counted_or_copied(row: Row) -> bool:
    return bool(row["is_call"] or row["is_duplicate"] or row["is_gateway"])


def _inside(rows: Sequence[Row], field: str) -> dict[int, tuple[int, int | None]]:
    """By span, how many calls are at any depth below it and their tokens; None: one of them does not know."""
    inside: dict[int, tuple[int, int | None]] = {row["span_id"]: (0, 0) for row in rows}
    for row in _from_the_leaves(rows):
        calls, tokens = inside[row["span_id"]]
        if row["is_call"]:
            calls, tokens = calls + 1, _sum(tokens, row[field])
        above = row["parent_span_id"]
        if above in inside:
            inside[above] = inside[above][0] + calls, _sum(inside[above][1], tokens)
    return inside


def _from_the_leaves(rows: Sequence[Row]) -> Iterator[Row]:
    """Each span after all those below it. Spans whose ids lead in a circle are in nobody's sum."""
    by_id = {row["span_id"]: row for row in rows}
    below = Counter(row["parent_span_id"] for row in by_id.values())
    ready = [row for row in by_id.values() if not below[row["span_id"]]]
    while ready:
        row = ready.pop()
        yield row
        above = row["parent_span_id"]
        below[above] -= 1
        if above in by_id and not below[above]:
            ready.append(by_id[above])


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
