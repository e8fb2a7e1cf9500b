"""A window held against the one of a week before: two windows in, what changed, by how much and how surely out.

What is compared is the rate behind the traffic: two windows differ when the 95 % interval of their difference leaves
out that nothing changed. Of many measures compared at once, one in twenty does so by chance:
`expected_by_chance` says how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outproof.measure.interval import difference
from outproof.measure.window import Quantiles, Window

_BY_CHANCE = 0.05
SAMPLE_MIN = 30
"""Fewer observations on either side say too little to tell a change from noise."""


class Direction(StrEnum):
    """What became of a measure."""

    HIGHER = "higher"
    LOWER = "lower"
    SAME = "not_distinguishable"
    INSUFFICIENT = "insufficient_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One measure now and before. `interval` is the 95 % interval of `now - before`; None where too little is known.

    A total, such as cost, has no interval: it is shown and not judged.
    """

    measure: str
    now: float | None
    before: float | None
    interval: tuple[float, float] | None
    direction: Direction | None

    @property
    def relative(self) -> float | None:
        """The change as a share of what it was. None where that was nothing, or is not known."""
        if self.now is None or not self.before:
            return None
        return self.now / self.before - 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two windows. `partial`: one of them may still lack data."""

    now: Window
    before: Window
    changes: Sequence[Change]

    @property
    def partial(self) -> bool:
        return self.now.partial or self.before.partial

    @property
    def expected_by_chance(self) -> float:
        """How many of the judged measures would seem to have changed though nothing did."""
        judged = (change for change in self.changes if change.interval is not None)
        return _BY_CHANCE * sum(1 for _ in judged)


def comparison(now: Window, before: Window) -> Comparison:
    """Every measure of a window beside what it was."""
    return Comparison(now, before, [*_totals(now, before), *_shares(now, before), *_percentiles(now, before)])


def _totals(now: Window, before: Window) -> Iterator[Change]:
    for name in ("answers", "calls", "input_tokens", "output_tokens", "cost", "tokens_per_s"):
        yield Change(measure=name, now=now.measures[name], before=before.measures[name], interval=None, direction=None)


def _shares(now: Window, before: Window) -> Iterator[Change]:
    pairs = {
        "unsafe_rate": (now.unsafe, before.unsafe),
        "unsafe_serve_rate": (now.unsafe_serve, before.unsafe_serve),
        "supported_serve_rate": (now.supported_serve, before.supported_serve),
        "safe_route_rate": (now.safe_route, before.safe_route),
        "abstention_rate": (now.abstention, before.abstention),
        "unverified_rate": (now.unverified, before.unverified),
        "error_rate": (now.errors, before.errors),
        "broken_stream_rate": (now.broken_streams, before.broken_streams),
        "retry_rate": (now.retried, before.retried),
    }
    for name, (here, there) in pairs.items():
        enough = min(here.observations, there.observations) >= SAMPLE_MIN
        yield _change(name, here.ratio, here.interval, there.ratio, there.interval, enough=enough)


def _percentiles(now: Window, before: Window) -> Iterator[Change]:
    for name, here, there in (("ttft_p95", now.ttft, before.ttft), ("duration_p95", now.duration, before.duration)):
        yield _change(name, here.p95_s, _closed(here), there.p95_s, _closed(there), enough=True)


def _closed(found: Quantiles) -> tuple[float, float] | None:
    """The interval of p95 where both its ends exist: below 59 values it has no upper one."""
    low, high = found.p95_interval_s
    return None if low is None or high is None else (low, high)


def _change(
    name: str,
    now: float | None,
    now_interval: tuple[float, float] | None,
    before: float | None,
    before_interval: tuple[float, float] | None,
    *,
    enough: bool,
) -> Change:
    if now is None or before is None or now_interval is None or before_interval is None or not enough:
        return Change(measure=name, now=now, before=before, interval=None, direction=Direction.INSUFFICIENT)
    low, high = difference(now, now_interval, before, before_interval)
    direction = Direction.HIGHER if low > 0 else Direction.LOWER if high < 0 else Direction.SAME
    return Change(measure=name, now=now, before=before, interval=(low, high), direction=direction)
