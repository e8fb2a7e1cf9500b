"""Windows that slide over minutes: what happened in each minute, and when it came, in; counts of any window out.

A window of `span` minutes that ends `back` minutes before a look holds a minute from the look at its end on, until the
minute has slid out behind. What came late joins when it came. So each minute changes a window a few times and is never
counted again: to slide over a month costs its minutes once, however long the window. Instants here are minutes since
1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outproof.measure.percentiles import Sketch

Ints = NDArray[np.int64]
_NO_MINUTE = np.iinfo(np.int64).max
IN_TIME = 0
"""Came within its minute, as far as is known."""

_ZERO_SHIFT = 1
"""The bin of zeros has the number -1."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A window: so long, ending so long before the look."""

    span: int
    back: int

    def enters(self, minute: Ints) -> Ints:
        """The first look that would see a minute, had all of it come by its end."""
        return minute + 1 + self.back

    def leaves(self, minute: Ints) -> Ints:
        """The first look that does not see it any more."""
        return minute + 1 + self.back + self.span


@dataclass(frozen=True, slots=True)
class Minutely:
    """Rows of whole numbers, one per minute and instant of coming. `came` is the first look that could see the row."""

    minute: Ints
    came: Ints
    counts: Ints

    @classmethod
    def joined(cls, parts: Sequence[Minutely], width: int) -> Minutely:
        if not parts:
            nothing = np.zeros(0, dtype=np.int64)
            return cls(nothing, nothing, np.zeros((0, width), dtype=np.int64))
        return cls(
            np.concatenate([part.minute for part in parts]),
            np.concatenate([part.came for part in parts]),
            np.concatenate([part.counts for part in parts]),
        )


class Sliding:
    """The sums of one window over rows that come and go. Looks only move forward."""

    def __init__(self, rows: Minutely, reach: Reach, *, then: bool) -> None:
        """`then`: a row is seen when it had come; else at once, as if nothing ever came late."""
        enters, leaves = reach.enters(rows.minute), reach.leaves(rows.minute)
        seen_at = np.maximum(enters, rows.came) if then else enters
        is_seen = seen_at < leaves
        at = np.concatenate([seen_at[is_seen], leaves[is_seen]])
        change = np.concatenate([rows.counts[is_seen], -rows.counts[is_seen]])
        order = np.argsort(at, kind="stable")
        self._at = at[order]
        self._sums = np.cumsum(change[order], axis=0)
        self._next = 0
        self.sums = np.zeros(rows.counts.shape[1], dtype=np.int64)

    @property
    def next_at(self) -> int:
        """The next look that sees something else."""
        return int(self._at[self._next]) if self._next < len(self._at) else _NO_MINUTE

    def move(self, to: int) -> bool:
        """Slide on to a look. False: it sees the same as the one before."""
        if self.next_at > to:
            return False
        self._next = int(np.searchsorted(self._at, to, side="right"))
        self.sums = self._sums[self._next - 1]
        return True


@dataclass(slots=True)
class Times:
    """How times lie in the minutes of one sampling probability: bins and counts as they were read, row by row."""

    minute: list[int] = field(default_factory=list)
    came: list[int] = field(default_factory=list)
    bins: list[Ints] = field(default_factory=list)
    counts: list[Ints] = field(default_factory=list)

    def add(self, minute: int, came: int, bins: Ints, counts: Ints) -> None:
        self.minute.append(minute)
        self.came.append(came)
        self.bins.append(bins + _ZERO_SHIFT)
        self.counts.append(counts)


class SlidingTimes:
    """The bins of one window over rows that come and go. Looks only move forward."""

    def __init__(self, times: Times, reach: Reach, *, then: bool) -> None:
        minute = np.array(times.minute, dtype=np.int64)
        rows = Minutely(minute, np.array(times.came, dtype=np.int64), np.arange(len(minute))[:, None])
        enters, leaves = reach.enters(rows.minute), reach.leaves(rows.minute)
        seen_at = np.maximum(enters, rows.came) if then else enters
        moves = [
            (int(at), number, sign)
            for number in np.nonzero(seen_at < leaves)[0].tolist()
            for at, sign in ((seen_at[number], 1), (leaves[number], -1))
        ]
        self._moves = sorted(moves)
        self._times = times
        self._next = 0
        width = max((int(bins.max()) for bins in times.bins if len(bins)), default=0) + 1
        self.weights = np.zeros(width, dtype=np.int64)

    def move(self, to: int) -> None:
        """Slide on to a look."""
        while self._next < len(self._moves) and self._moves[self._next][0] <= to:
            _, number, sign = self._moves[self._next]
            self.weights[self._times.bins[number]] += sign * self._times.counts[number]
            self._next += 1


def sketch(parts: Sequence[tuple[float, Ints]]) -> Sketch | None:
    """The sketch of bins in parts, each with the probability its values had of being kept; None without a value."""
    weights: dict[int, float] = {}
    total = squares = 0.0
    for probability, bins in parts:
        weight = 1 / probability
        for number in np.nonzero(bins)[0].tolist():
            count = int(bins[number])
            weights[number - _ZERO_SHIFT] = weights.get(number - _ZERO_SHIFT, 0.0) + count * weight
            total += count * weight
            squares += count * weight * weight
    return Sketch(weights=weights, n=total**2 / squares) if squares else None
