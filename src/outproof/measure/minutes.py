"""How a window is read: which of its minutes are rolled up in, where those are taken and what is counted anew out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from outproof.core.time import NANOS_PER_S, Instant

MINUTE_NS = 60 * NANOS_PER_S
RANGES_MAX = 8


@dataclass(frozen=True, slots=True)
class Minutes:
    """Whole minutes from `first` up to and without `last`, numbered from 1970."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Every instant of a window once: in one of `ranges`, which are counted from the answers, or in a minute of
    `rolled` that is rolled up and not in `left_out`. None: no minute is taken from roll-ups.

    `late` are rolled up minutes that cannot be counted anew, with the journal position through which they were: what
    came later is counted beside them.
    """

    ranges: tuple[tuple[Instant, Instant], ...]
    rolled: Minutes | None = None
    left_out: tuple[int, ...] = ()
    late: tuple[tuple[int, int], ...] = ()


def minute_of(instant: int) -> int:
    return instant // MINUTE_NS


def minute_start(minute: int) -> Instant:
    return Instant(minute * MINUTE_NS)


def cover(start: Instant, end: Instant, sealed: Sequence[int], *, ranges_max: int = RANGES_MAX) -> Cover:
    """The window [start, end) out of sealed minutes, given in order, and of at most `ranges_max` ranges around them.

    Where the gaps are more, the nearest are counted together with the minutes between them.
    """
    first, last = -(-start // MINUTE_NS), end // MINUTE_NS
    known = np.array(sealed, dtype=np.int64)
    known = known[(known >= first) & (known < last)]
    if not len(known):
        return Cover(ranges=((start, end),))
    ranges = _gaps(start, end, known)
    left_out: list[int] = []
    while len(ranges) > ranges_max:
        between = [after[0] - before[1] for before, after in pairwise(ranges)]
        at = between.index(min(between))
        left_out += range(minute_of(ranges[at][1]), minute_of(ranges[at + 1][0]))
        ranges[at : at + 2] = [(ranges[at][0], ranges[at + 1][1])]
    rolled = Minutes(int(known[0]), int(known[-1]) + 1)
    return Cover(ranges=tuple(ranges), rolled=rolled, left_out=tuple(sorted(left_out)))


def _gaps(start: Instant, end: Instant, known: np.ndarray) -> list[tuple[Instant, Instant]]:
    breaks = np.nonzero(np.diff(known) > 1)[0]
    edges = [
        (start, minute_start(int(known[0]))),
        *((minute_start(int(known[at]) + 1), minute_start(int(known[at + 1]))) for at in breaks),
        (minute_start(int(known[-1]) + 1), end),
    ]
    return [(since, until) for since, until in edges if since < until]
