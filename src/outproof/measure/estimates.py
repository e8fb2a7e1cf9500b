"""What a sample says of all traffic: counts of what was kept, by the chance it had, in; totals and ratios out.

Everything that was flagged is kept, and a few per cent of the rest. So nothing may be averaged as if it were all there:
each row counts as often as `1 / probability`. A `Part` is everything that was kept with one probability, and it is all
these formulas need. There is no plain mean here, on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outproof.measure.interval import Z_95, wilson

CERTAIN_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """`count` of `of` rows that were kept with one probability, in millionths, had what is asked for.

    `all_rows` is how many there were before the draw, where an exact counter knows; None where nobody counted.
    """

    count: int
    of: int
    ppm: int = CERTAIN_PPM
    all_rows: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.ppm <= CERTAIN_PPM:
            raise ValueError(f"expected a probability above 0 and at most {CERTAIN_PPM} millionths, got {self.ppm}")

    @property
    def weight(self) -> float:
        """How many rows of all traffic each kept row stands for."""
        if self.all_rows is not None and self.of:
            return self.all_rows / self.of
        return CERTAIN_PPM / self.ppm

    @property
    def left_out_ratio(self) -> float:
        """The share of the rows that were not kept: what the sample leaves open. 0 where everything was kept."""
        return 1 - 1 / self.weight


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number for all traffic. `se` is its standard error over draws of the sample; the interval is of 95 %."""

    value: float
    se: float
    interval: tuple[float, float]


def is_sampled(parts: Iterable[Part]) -> bool:
    """Whether anything was left out."""
    return any(part.ppm < CERTAIN_PPM for part in parts)


def scaled(amount: int, ppm: int) -> int:
    """A sum over kept rows as it stands for all of them, rounded half to even."""
    if ppm == CERTAIN_PPM:
        return amount
    whole, rest = divmod(amount * CERTAIN_PPM, ppm)
    return whole + (2 * rest > ppm or (2 * rest == ppm and whole % 2))


def ratio(parts: Sequence[Part]) -> float | None:
    """The share among all traffic (Hájek 1971); None without observations. The plain one where all was kept.

    40 flagged answers, 30 of them bad, and 4 bad in 500 of 10,000 others: 1.0956 %, where the plain mean says 6.3 %.
    """
    of = sum(part.weight * part.of for part in parts)
    return sum(part.weight * part.count for part in parts) / of if of else None


def total(parts: Sequence[Part]) -> Estimate:
    """How many there were among all traffic (Horvitz and Thompson 1952).

    The interval bounds each part by itself: none found among a few kept says little of the many that were not, though
    the formula's variance is zero then.
    """
    value = sum(part.weight * part.count for part in parts)
    variance = sum(_total_variance(part) for part in parts)
    low = high = 0.0
    for part in parts:
        bounds = wilson(part.count, part.of)
        if bounds is None:
            continue
        size = part.weight * part.of
        unsized = 0.0 if part.all_rows is not None else _size_variance(part)
        own = part.count / part.of
        low += part.left_out_ratio * (size * (own - bounds[0])) ** 2 + own * own * unsized * Z_95 * Z_95
        high += part.left_out_ratio * (size * (bounds[1] - own)) ** 2 + own * own * unsized * Z_95 * Z_95
    seen = sum(part.count for part in parts)
    return Estimate(value, math.sqrt(variance), (max(float(seen), value - math.sqrt(low)), value + math.sqrt(high)))


def share(parts: Sequence[Part]) -> Estimate | None:
    """The share in the window itself, had everything been kept; None without observations.

    Its standard error is that of the linearised Hájek ratio, or of a stratified sample where the sizes are known.
    """
    found = ratio(parts)
    if found is None:
        return None
    size = sum(part.weight * part.of for part in parts)
    variance = sum(_share_variance(part, found) for part in parts) / size**2
    return Estimate(found, math.sqrt(variance), _bounds(parts, found, left_out_only=True))


def interval(parts: Sequence[Part]) -> tuple[float, float] | None:
    """The 95 % interval of the rate behind the window: what the draw and the chance of the traffic leave open together.

    Where everything was kept it is Wilson's.
    """
    found = ratio(parts)
    return None if found is None else _bounds(parts, found, left_out_only=False)


def effective(parts: Iterable[Part]) -> float | None:
    """How many equally weighted rows would say as much (Kish 1965): the sample size to hold against a minimum."""
    sized = [(part.weight, part.of) for part in parts if part.of]
    squares = sum(weight * weight * of for weight, of in sized)
    return sum(weight * of for weight, of in sized) ** 2 / squares if squares else None


def _bounds(parts: Sequence[Part], found: float, *, left_out_only: bool) -> tuple[float, float]:
    """Each part's own Wilson bounds, put together by their squares (Zou and Donner 2008), and what is added where the
    sizes of the parts are themselves only estimated."""
    size = sum(part.weight * part.of for part in parts)
    low = high = 0.0
    for part in parts:
        bounds = wilson(part.count, part.of)
        if bounds is None:
            continue
        own, weight = part.count / part.of, part.weight * part.of / size
        open_ratio = part.left_out_ratio if left_out_only else 1.0
        apart = ((own - found) / size * Z_95) ** 2
        if part.all_rows is None:
            between = open_ratio * part.of * part.weight**2 * apart
        else:  # the size is known, but the traffic could have brought another
            between = 0.0 if left_out_only else part.all_rows * apart
        low += open_ratio * (weight * (own - bounds[0])) ** 2 + between
        high += open_ratio * (weight * (bounds[1] - own)) ** 2 + between
    return max(0.0, found - math.sqrt(low)), min(1.0, found + math.sqrt(high))


def _total_variance(part: Part) -> float:
    if part.all_rows is not None:
        own = part.count / part.of if part.of else 0.0
        spread = own * (1 - own) / (part.of - 1) if part.of > 1 else 0.0
        return part.all_rows**2 * part.left_out_ratio * spread
    return part.left_out_ratio * part.weight**2 * part.count


def _share_variance(part: Part, found: float) -> float:
    """The part's share of the variance of the numerator around the ratio."""
    if part.all_rows is not None:
        return _total_variance(part)
    squares = part.count * (1 - found) ** 2 + (part.of - part.count) * found**2
    return part.left_out_ratio * part.weight**2 * squares


def _size_variance(part: Part) -> float:
    """How far the estimated size of the part may be off."""
    return part.left_out_ratio * part.weight**2 * part.of
