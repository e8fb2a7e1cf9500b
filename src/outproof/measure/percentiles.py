"""Percentiles by nearest rank: values with their weights in, exact or from a mergeable sketch, with an interval.

The p-th percentile is the smallest value that at least that share of all values does not exceed: `sorted[ceil(p·n)]`,
counted from one. Nothing is interpolated, so what is shown was measured. A window of more than `EXACT_VALUES_MAX`
values is read from a sketch that is off by at most `SKETCH_ERROR_RATIO` of the value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

EXACT_VALUES_MAX = 100_000
"""So many values of a window are sorted as they are. Beyond that the sketch is quicker."""

SKETCH_ERROR_RATIO = 0.01
GAMMA = (1 + SKETCH_ERROR_RATIO) / (1 - SKETCH_ERROR_RATIO)
_LOG_GAMMA = math.log(GAMMA)
_ZERO_BIN = -1
_EXACT_ORDER = 1 - 1e-12  # p·n is computed in floats: 0.07·100 must not ask for the eighth of a hundred values
_RANKS_EXACT_MAX = 200_000
_TAIL = 0.025
_Z_95 = 1.959963984540054


class Distribution(Protocol):
    """Values in their order. `n` says how many values it speaks for as evidence, `weight` for how much traffic."""

    @property
    def n(self) -> float: ...

    def at(self, share: float) -> float:
        """The smallest value that at least this share of the traffic does not exceed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Every value, sorted, with the running sum of the weights. Weights are one where everything was kept."""

    ordered: NDArray[np.float64]
    running: NDArray[np.float64]
    n: float

    def at(self, share: float) -> float:
        total = float(self.running[-1])
        index = int(np.searchsorted(self.running, share * total * _EXACT_ORDER))
        return float(self.ordered[min(index, len(self.ordered) - 1)])


def values(parts: Iterable[tuple[float, NDArray[np.float64]]]) -> Values | None:
    """Values in parts, each with the probability that its values had of being kept. None without a value."""
    kept = [(probability, array) for probability, array in parts if len(array)]
    if not kept:
        return None
    everything = np.concatenate([array for _, array in kept])
    weights = np.concatenate([np.full(len(array), 1 / probability) for probability, array in kept])
    order = np.argsort(everything, kind="stable")
    squares = float(np.square(weights).sum())
    return Values(
        ordered=everything[order],
        running=np.cumsum(weights[order]),
        n=len(everything) if len(kept) == 1 else float(weights.sum()) ** 2 / squares,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """How many values lie in each bin of a fixed logarithmic scale (the scale of DDSketch, Masson et al. 2019).

    Sketches add up exactly, in any order. Its ranks are those of the values, so the only error is the width of a bin.
    """

    weights: Mapping[int, float]
    n: float

    def at(self, share: float) -> float:
        wanted = share * sum(self.weights.values()) * _EXACT_ORDER
        running = 0.0
        last = 0.0
        for number in sorted(self.weights):
            running += self.weights[number]
            last = bin_value(number)
            if running >= wanted:
                return last
        return last


@dataclass(slots=True)
class SketchSum:
    """Adds up bins of parts that were kept with different probabilities."""

    weights: dict[int, float] = field(default_factory=dict)
    _sum: float = 0.0
    _squares: float = 0.0

    def add(self, probability: float, bins: Iterable[int], counts: Iterable[int]) -> None:
        weight = 1 / probability
        for number, count in zip(bins, counts, strict=True):
            self.weights[number] = self.weights.get(number, 0.0) + count * weight
            self._sum += count * weight
            self._squares += count * weight * weight

    def add_values(self, probability: float, array: NDArray[np.float64]) -> None:
        numbers, counts = np.unique(bins_of(array), return_counts=True)
        self.add(probability, numbers.tolist(), counts.tolist())

    def sketch(self) -> Sketch | None:
        """What was added; None when nothing was."""
        return Sketch(weights=self.weights, n=self._sum**2 / self._squares) if self._squares else None


def bins_of(array: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each value. Values are whole and not negative; zero has a bin of its own."""
    logs = np.ceil(np.log(np.maximum(array, 1.0)) / _LOG_GAMMA).astype(np.int64)
    return np.where(array < 1, _ZERO_BIN, logs)


def bin_value(number: int) -> float:
    """The value that stands for a bin: no value of the bin is further from it than `SKETCH_ERROR_RATIO` of itself."""
    return 0.0 if number == _ZERO_BIN else 2 * GAMMA**number / (GAMMA + 1)


def rank(share: float, n: int) -> int:
    """The nearest rank of a percentile among `n` values, counted from one."""
    return max(1, math.ceil(share * n * _EXACT_ORDER))


def interval(found: Distribution, share: float) -> tuple[float | None, float | None]:
    """The 95 % interval of a percentile, by the ranks between which it lies whatever the distribution.

    An end is None where no value reaches that far: below 59 values a p95 has no upper end.
    """
    n = int(found.n)
    if n < 1:
        return None, None
    low, high = ranks(share, n)
    return found.at(low / n) if low >= 1 else None, found.at(high / n) if high <= n else None


def ranks(share: float, n: int) -> tuple[int, int]:
    """The ranks of the values that enclose a percentile with 95 % confidence; `n + 1` where none does."""
    if n > _RANKS_EXACT_MAX:
        half = _Z_95 * math.sqrt(n * share * (1 - share))
        return max(0, math.floor(n * share - half)), min(n + 1, math.ceil(n * share + half) + 1)
    spread = 10 * math.sqrt(n * share * (1 - share)) + 10
    first, last = max(0, math.floor(n * share - spread)), min(n, math.ceil(n * share + spread))
    below, low = 0.0, None
    for count in range(first, last + 1):
        below += _binomial(count, n, share)
        if low is None and below >= _TAIL:
            low = count
        if below >= 1 - _TAIL:
            return low or 0, count + 1
    return low or 0, n + 1


def _binomial(count: int, n: int, share: float) -> float:
    """The chance that `count` of `n` values lie below a percentile."""
    ways = math.lgamma(n + 1) - math.lgamma(count + 1) - math.lgamma(n - count + 1)
    return math.exp(ways + count * math.log(share) + (n - count) * math.log1p(-share))
