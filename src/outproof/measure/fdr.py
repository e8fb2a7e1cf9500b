"""Many segments judged at once: how surely each is beyond its limit in; those that may be called so out.

Of 100 healthy segments five are beyond any 95 % bound by chance. Benjamini and Hochberg (1995) keep the expected share
of false ones among those that are called within a bound. It holds for independent tests and for positively dependent
ones (Benjamini and Yekutieli 2001): segments of one window share no answer, and what strikes several of them pushes all
one way.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

_TERMS_MAX = 10_000
_TINY = 1e-300
_CLOSE = 1e-14


def discoveries(p_values: Mapping[Key, float], false_ratio: float) -> frozenset[Key]:
    """Those whose hypothesis is rejected, so that at most `false_ratio` of them are expected to be wrong.

    >>> discoveries({"a": 0.001, "b": 0.03, "c": 0.9}, 0.05)
    frozenset({'a', 'b'})
    """
    ordered = sorted(p_values, key=p_values.__getitem__)
    rejected = 0
    for rank, key in enumerate(ordered, 1):
        if p_values[key] <= rank * false_ratio / len(ordered):
            rejected = rank
    return frozenset(ordered[:rejected])


def at_least(count: float, of: float, ratio: float) -> float:
    """The chance of `count` or more of `of`, if each has the chance `ratio`: the p-value of a share above its limit.

    3 of 100 at a chance of 1 % have 0.0794. Counts need not be whole: those of a sample seldom are.
    """
    if count <= 0:
        return 1.0
    return _beta(ratio, count, of - count + 1)


def at_most(count: float, of: float, ratio: float) -> float:
    """The chance of `count` or fewer of `of`: the p-value of a share below its limit."""
    if count >= of:
        return 1.0
    return _beta(1 - ratio, of - count, count + 1)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, which sums a binomial tail in a few dozen steps however long it is."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) * _continued_fraction(x, a, b) / a


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Its continued fraction (DLMF 8.17.22), by the method of Lentz (1976)."""
    c, d = 1.0, 1 / _apart_from_zero(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _TERMS_MAX):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _apart_from_zero(1 + term * d)
            c = _apart_from_zero(1 + term / c)
            found *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return found


def _apart_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
