"""How sure a proportion is: counts in, an interval out."""

from __future__ import annotations

import math

_Z_95 = 1.959963984540054


def wilson(count: int, of: int) -> tuple[float, float] | None:
    """The Wilson 95 % interval of a proportion (Wilson 1927); None without observations.

    >>> wilson(2, 6)
    (0.09677..., 0.70000...)
    """
    if of == 0:
        return None
    ratio, z2 = count / of, _Z_95 * _Z_95
    centre = (ratio + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z_95 / (1 + z2 / of) * math.sqrt(ratio * (1 - ratio) / of + z2 / (4 * of * of))
    return max(0.0, centre - half), min(1.0, centre + half)
