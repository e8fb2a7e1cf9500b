"""Which answers of a batch break an invariant: columns in, positions out; and the exemplar that a position makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from outproof.contract.evidence import Exemplar
from outproof.core.time import Instant
from outproof.decide.expression import Compare, Expression, Op, Value, comparisons, holds
from outproof.decide.policy import ExemplarRule, Policy
from outproof.measure.dimension import Dimension

Columns = Mapping[str, Sequence[object]]
"""Equally long sequences by column name, one entry per span (see `contract.answer`)."""

_MICROS = {"ttft": "ttft_us", "duration": "duration_us"}


def breaking(columns: Columns, policy: Policy) -> list[int]:
    """Where answers break the policy's invariant, in the order of the batch.

    An unknown fact breaks nothing and proves nothing: the answer is unverified, which the coverage measures count.
    """
    return [
        position
        for position in where(columns, policy.condition, is_held=False)
        if _is_answer(columns, position) and _is_over(columns, position, policy)
    ]


def where(columns: Columns, expression: Expression, *, is_held: bool = True) -> Iterator[int]:
    """Where a condition is known to hold, or known not to."""
    match expression:
        case Compare(name, Op.EQ | Op.NE as op, bool() as limit):  # the common invariant, in one pass over one column
            wanted = limit if (op is Op.EQ) == is_held else not limit
            yield from (position for position, value in enumerate(_facts(columns, name)) if value == wanted)
        case _:
            names = sorted({compare.name for compare in comparisons(expression)})
            rows = zip(*(_facts(columns, name) for name in names), strict=True)
            for position, row in enumerate(rows):
                if holds(expression, dict(zip(names, row, strict=True))) is is_held:
                    yield position


def exemplar(columns: Columns, position: int) -> Exemplar:
    """The answer at a position, as a responder sees it. What the application did not say stays None."""

    def text(name: str) -> str | None:
        value = _at(columns, name, position)
        return None if value is None else str(value)

    def whole(name: str) -> int | None:
        value = _at(columns, name, position)
        return int(value) if isinstance(value, int) else None

    def seconds(name: str) -> float | None:
        value = _at(columns, name, position)
        return value / 1_000_000 if isinstance(value, int) else None

    trace_id, span_id = columns["trace_id"][position], columns["span_id"][position]
    unsafe = _at(columns, "unsafe_claim_served", position)
    return Exemplar(
        at=Instant(cast(int, columns["started_at"][position])),
        service=text("service") or "",
        trace_id=cast(bytes, trace_id).hex(),
        span_id=f"{cast(int, span_id):016x}",
        request_id=text("request_id"),
        case_id=text("case_id"),
        template_id=text("template_id"),
        evidence_version=text("evidence_version"),
        route=text("route"),
        first_failed_stage=text("first_failed_stage"),
        unsafe_claim_served=None if unsafe is None else bool(unsafe),
        provider=text("provider"),
        model=text("model") or text("model_request"),
        input_tokens=whole("input_tokens"),
        cached_input_tokens=whole("cached_input_tokens"),
        cache_write_tokens=whole("cache_write_tokens"),
        output_tokens=whole("output_tokens"),
        service_tier=text("service_tier"),
        ttft_s=seconds("ttft_us"),
        duration_s=seconds("duration_us"),
    )


def _is_over(columns: Columns, position: int, policy: Policy) -> bool:
    return all(_dimension(columns, position, dimension) == value for dimension, value in policy.over)


def _dimension(columns: Columns, position: int, dimension: Dimension) -> object:
    """What an answer says of a dimension; of its model, the one that was asked for where none answered."""
    value = _at(columns, dimension, position)
    return _at(columns, "model_request", position) if value is None and dimension is Dimension.MODEL else value


def _is_answer(columns: Columns, position: int) -> bool:
    flags = columns.get("is_answer")
    return flags is None or bool(flags[position])


def _facts(columns: Columns, name: str) -> Sequence[Value]:
    """A column in the unit of the language. A column the batch does not have is unknown throughout."""
    column = columns.get(_MICROS.get(name, name))
    if column is None:
        return (None,) * len(columns["trace_id"])
    values = cast("Sequence[Value]", column)
    if name in _MICROS:
        return [value / 1_000_000 if isinstance(value, int) else None for value in values]
    return values


def _at(columns: Columns, name: str, position: int) -> object:
    column = columns.get(name)
    return None if column is None else column[position]


def picked(candidates: Sequence[Exemplar], rule: ExemplarRule) -> tuple[Exemplar, ...]:
    """The most telling exemplars that a rule accepts: the first in the order given, then each that differs from those
    before it in what a responder asks first, then whatever comes next.
    """
    accepted = [
        candidate for candidate in candidates if rule.where is None or holds(rule.where, _shown(candidate)) is True
    ]
    seen: set[tuple[str | None, ...]] = set()
    telling: list[Exemplar] = []
    for each in accepted:
        kind = (each.service, each.template_id, each.evidence_version, each.model, each.route, each.first_failed_stage)
        if kind not in seen:
            seen.add(kind)
            telling.append(each)
    more = [each for each in accepted if each not in telling]
    return tuple([*telling, *more][: rule.limit])


def _shown(exemplar: Exemplar) -> dict[str, Value]:
    values: dict[str, Value] = {slot: getattr(exemplar, slot) for slot in Exemplar.__slots__}
    return {**values, "ttft": exemplar.ttft_s, "duration": exemplar.duration_s}
