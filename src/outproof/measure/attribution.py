"""What changed: answers by dimension and value, in a window and in the one before it, in; what explains a breach out.

A value explains as much of a breach as it has of the bad answers that are too many: its own beyond what it would have
had at the rate of before, over those of the whole window. It stands out if that is surely more than its share of the
traffic: what struck all alike is spread as the traffic is, and explains nothing. It ranks where to look, it proves no
cause: values of different dimensions that always come together explain the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outproof.measure.dimension import Dimension
from outproof.measure.interval import wilson

SHOWN_MAX = 10
"""Causes that are shown. Whoever looks for the eleventh wants the pages, not a list."""

EXPLAINS_RATIO_MIN = 0.05
NEARLY_ALL_RATIO = 0.9
"""What was not there before and has nearly all of it stands out, be it nearly all of the traffic: a new deploy."""


@dataclass(frozen=True, slots=True)
class Bad:
    """So many bad ones of so many: weighted numbers where traffic was sampled."""

    bad: float
    of: float

    @property
    def ratio(self) -> float | None:
        """None of nothing."""
        return self.bad / self.of if self.of else None


NOTHING = Bad(0, 0)

ByValue = Mapping[Dimension, Mapping[str | None, Bad]]
"""A window cut by each dimension. None as a value: what does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One value of one dimension, and how much of a breach it explains.

    `explains_ratio` is from 0 to 1, within `interval` at 95 %: wide where few were bad. `lift` is how many times as
    often its answers are bad as those of the whole window; None where none is bad. `is_new`: it was not there before.
    """

    dimension: Dimension
    value: str | None
    now: Bad
    before: Bad
    explains_ratio: float
    interval: tuple[float, float]
    lift: float | None

    @property
    def is_new(self) -> bool:
        return self.now.of > 0 and self.before.of == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What explains a breach, the most first. `too_many` is how many bad answers there are beyond the usual.

    Empty causes: nothing is too many, or it is spread as the traffic is.
    """

    now: Bad
    before: Bad
    too_many: float
    causes: tuple[Cause, ...]

    @property
    def first(self) -> Cause | None:
        """The value that explains the most; None where none stands out."""
        return self.causes[0] if self.causes else None


def changes(now: ByValue, before: ByValue, whole: Bad, whole_before: Bad) -> Changes:
    """What explains that a window has more bad answers than the one before it.

    2 of 6 unsafe, both under one template, and 0 of 600 before: that template explains 100 % (34–100 %), lift 3.
    """
    usual = whole_before.ratio or 0.0
    too_many = whole.bad - whole.of * usual
    if too_many <= 0:
        return Changes(now=whole, before=whole_before, too_many=0.0, causes=())
    found = [
        _cause(dimension, value, each, before.get(dimension, {}).get(value, NOTHING), whole, usual, too_many)
        for dimension, values in now.items()
        if len(values.keys() | before.get(dimension, {}).keys()) > 1  # what is alike everywhere explains nothing
        for value, each in values.items()
    ]
    shown = sorted((cause for cause in found if _stands_out(cause, whole, whole_before)), key=_order)
    return Changes(now=whole, before=whole_before, too_many=too_many, causes=tuple(shown[:SHOWN_MAX]))


def _cause(
    dimension: Dimension, value: str | None, now: Bad, before: Bad, whole: Bad, usual: float, too_many: float
) -> Cause:
    own_usual = usual if before.ratio is None else before.ratio
    own = min(max(0.0, now.bad - now.of * own_usual), too_many)
    rate, whole_rate = now.ratio, whole.ratio
    return Cause(
        dimension=dimension,
        value=value,
        now=now,
        before=before,
        explains_ratio=own / too_many,
        interval=wilson(own, too_many) or (0.0, 1.0),
        lift=rate / whole_rate if rate is not None and whole_rate else None,
    )


def _stands_out(cause: Cause, whole: Bad, whole_before: Bad) -> bool:
    """Whether it has surely more of what is too many than it has of the traffic, or nearly all of it and is new."""
    if cause.explains_ratio < EXPLAINS_RATIO_MIN:
        return False
    if cause.is_new and whole_before.of and cause.explains_ratio >= NEARLY_ALL_RATIO:
        return True
    return cause.interval[0] > cause.now.of / whole.of


def _order(cause: Cause) -> tuple[object, ...]:
    """The most explained first; of equals what was not there before, then what is bad more often, as the narrower."""
    known = list(Dimension)
    return (
        -round(cause.explains_ratio, 6),
        not cause.is_new,
        -round(cause.lift or 0.0, 6),
        known.index(cause.dimension),
        cause.value or "",
    )


def said(cause: Cause) -> str:
    """A cause as a person reads it: `template_id v2 explains 100 % (34–100 %): 2 of 2 bad, not there before`."""
    low, high = (round(end * 100) for end in cause.interval)
    value = "that is not said" if cause.value is None else cause.value
    before = "not there before" if cause.is_new else f"before {cause.before.bad:.0f} of {cause.before.of:.0f}"
    return (
        f"{cause.dimension} {value} explains {cause.explains_ratio * 100:.0f} % ({low}–{high} %): "
        f"{cause.now.bad:.0f} of {cause.now.of:.0f} bad, {before}"
    )


def dimensions_of(found: Sequence[Dimension]) -> tuple[Dimension, ...]:
    """The dimensions a window is cut by for this: not those that state the breach itself."""
    stated = (Dimension.ROUTE, Dimension.FIRST_FAILED_STAGE)
    return tuple(dimension for dimension in found if dimension not in stated)
