"""Measures by name: the counts of a window or of a segment in; the numbers that are wanted, and only they, out.

This is what policies are judged on, live and when history is replayed. `lower_95(…)` and `upper_95(…)` of a share or of
a percentile are the ends of its 95 % interval; `observations(…)` of a share is how many equally weighted rows say it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from outproof.measure import percentiles
from outproof.measure.cost import Cost
from outproof.measure.percentiles import Distribution
from outproof.measure.tally import Share, Tally
from outproof.measure.window import MICROS_PER_S, SHARES

COUNTS: Mapping[str, str] = {"answers": "answers", "calls": "calls", "decided": "unsafe_known"}
"""Measures that are a count: of nothing they are 0."""
SUMS: Mapping[str, tuple[str, str]] = {
    "unsafe": ("unsafe", "unsafe_known"),
    "input_tokens": ("input_sum", "input_known"),
    "cached_input_tokens": ("cached_input_sum", "cached_input_known"),
    "output_tokens": ("output_sum", "output_known"),
}
"""Measures that are a sum over what said it: where nothing did, no data."""
PERCENTILES: Mapping[str, tuple[str, float]] = {
    f"{name}_p{percent}": (name, percent / 100) for name in ("ttft", "duration") for percent in (50, 90, 95, 99)
}
"""Measures that are a percentile of the time to first token or of the whole time."""

PLAIN = (*COUNTS, *SUMS, *SHARES, *PERCENTILES, "tokens_per_s", "cost")
"""Every measure that stands for itself: of these are the ends of intervals."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What measures are read off. `times` say how times lie, by name; they and the cost are there where wanted."""

    tally: Tally
    times: Mapping[str, Distribution | None]
    cost: Cost | None = None


Reader = Callable[[Counts], float | None]


def measured(counts: Counts, names: Collection[str]) -> dict[str, float | None]:
    """The measures of these names; without any, all that stand for themselves. None: no data."""
    return {name: _reader(name)(counts) for name in names or PLAIN}


def counters_of(names: Collection[str]) -> frozenset[str]:
    """The counters that measures are read off; the number of requests, by which segments are ordered, is among them."""
    found = {"requests"}
    for name in names or PLAIN:
        plain = inner(name)
        if plain in COUNTS:
            found.add(COUNTS[plain])
        elif plain in SUMS:
            found.update(SUMS[plain])
        elif plain in SHARES:
            found.update(SHARES[plain])
        elif plain in PERCENTILES:
            found.add(f"{PERCENTILES[plain][0]}_known")
        elif plain == "tokens_per_s":
            found.update(("paced_tokens", "paced_us"))
        else:
            found.add("calls")
    return frozenset(found)


def wants_times(names: Collection[str]) -> bool:
    """Whether a percentile is among them, or an end of its interval."""
    return any(inner(name) in PERCENTILES for name in names or PLAIN)


def wants_cost(names: Collection[str]) -> bool:
    return any(inner(name) == "cost" for name in names or PLAIN)


def observations(name: str) -> str:
    """The name under which it is known how many rows a share rests on."""
    return f"observations({name})"


def inner(name: str) -> str:
    """The measure that an end of an interval is of; the name itself where it is of none."""
    for function in ("lower_95(", "upper_95(", "observations("):
        if name.startswith(function):
            return name[len(function) : -1]
    return name


@lru_cache(maxsize=1_024)
def _reader(name: str) -> Reader:
    """How a measure is read. Made once for each name: policies ask for the same few again and again."""
    plain = inner(name)
    if plain != name and plain not in SHARES and plain not in PERCENTILES:
        raise ValueError(f"expected lower_95, upper_95 or observations of a share or of a percentile, got {name!r}")
    if plain in SHARES:
        return _share(name, *SHARES[plain])
    if plain in PERCENTILES:
        return _percentile(name, *PERCENTILES[plain])
    if plain in COUNTS:
        counter = COUNTS[plain]
        return lambda counts: counts.tally.total(counter)
    if plain in SUMS:
        amount, known = SUMS[plain]
        return lambda counts: counts.tally.known_total(amount, known)
    if plain == "tokens_per_s":
        return _tokens_per_s
    if plain == "cost":
        return lambda counts: None if counts.cost is None else counts.cost.estimated_nano_usd
    raise ValueError(f"expected one of {', '.join(PLAIN)}, or an end of its interval, got {name!r}")


def _share(name: str, count: str, of: str) -> Reader:
    def share(counts: Counts) -> Share:
        return counts.tally.share(count, of)

    def end(counts: Counts, at: int) -> float | None:
        interval = share(counts).interval
        return None if interval is None else interval[at]

    if name.startswith("lower_95("):
        return lambda counts: end(counts, 0)
    if name.startswith("upper_95("):
        return lambda counts: end(counts, 1)
    if name.startswith("observations("):
        return lambda counts: share(counts).observations
    return lambda counts: share(counts).ratio


def _percentile(name: str, of: str, at: float) -> Reader:
    def read(counts: Counts) -> float | None:
        found = counts.times.get(of)
        if found is None:
            return None
        if name.startswith("observations("):
            return found.n
        if name.startswith("lower_95("):
            micros = percentiles.interval(found, at)[0]
        elif name.startswith("upper_95("):
            micros = percentiles.interval(found, at)[1]
        else:
            micros = found.at(at)
        return None if micros is None else micros / MICROS_PER_S

    return read


def _tokens_per_s(counts: Counts) -> float | None:
    micros = counts.tally.total("paced_us")
    return counts.tally.total("paced_tokens") * MICROS_PER_S / micros if micros else None
