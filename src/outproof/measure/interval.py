"""How sure a proportion is, and how sure the difference of two is: counts in, intervals out."""

from __future__ import annotations

import math

Z_95 = 1.959963984540054
"""Standard deviations to either side that hold 95 % of a normal distribution."""


def wilson(count: float, of: float) -> tuple[float, float] | None:
    """The Wilson 95 % interval of a proportion (Wilson 1927); None without observations.

    >>> wilson(2, 6)
    (0.09677..., 0.70000...)
    """
    if of == 0:
        return None
    ratio, z2 = count / of, Z_95 * Z_95
    centre = (ratio + z2 / (2 * of)) / (1 + z2 / of)
    half = Z_95 / (1 + z2 / of) * math.sqrt(ratio * (1 - ratio) / of + z2 / (4 * of * of))
    return max(0.0, centre - half), min(1.0, centre + half)


def difference(
    now: float, now_interval: tuple[float, float], before: float, before_interval: tuple[float, float]
) -> tuple[float, float]:
    """The 95 % interval of `now - before`, from the intervals of two independent estimates (Newcombe 1998, method 10).

    With Wilson intervals of 56/70 and 48/80 it is [0.0524, 0.3339] around 0.2.
    """
    gap = now - before
    low = math.hypot(now - now_interval[0], before_interval[1] - before)
    high = math.hypot(now_interval[1] - now, before - before_interval[0])
    return gap - low, gap + high
