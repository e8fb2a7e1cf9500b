"""How often something happens, and how sure that is: a count over a time in, a rate a week and its upper bound out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from outproof.core.time import Instant, seconds_between

WEEK_S = 7 * 86_400.0
_CONFIDENCE = 0.95
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a week were seen; with 95 % confidence there are at most `upper_per_week`. None seen is not never."""

    count: int
    per_week: float
    upper_per_week: float


def rate(count: int, start: Instant, end: Instant) -> Rate:
    """The rate of `count` events in [start, end)."""
    weeks = seconds_between(start, end) / WEEK_S
    return Rate(count, count / weeks, poisson_upper(count) / weeks)


def poisson_upper(count: int) -> float:
    """The mean that would show at most `count` events only 1 time in 20 (Garwood 1936, one-sided).

    >>> round(poisson_upper(0), 3), round(poisson_upper(3), 3)
    (2.996, 7.754)
    """
    low, high = float(count), count + 10 * math.sqrt(count + 1) + 10
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at_most(count, middle) > 1 - _CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _at_most(count: int, mean: float) -> float:
    """The chance of at most `count` events."""
    return sum(math.exp(each * math.log(mean) - mean - math.lgamma(each + 1)) for each in range(count + 1))
