"""A window: counts over [start, end) of one service, and the measures read off them. Empty is None, never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outproof.core.time import Instant
from outproof.measure.interval import wilson
from outproof.measure.rate_card import Cost

MICROS_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def ratio(self) -> float | None:
        """0 to 1. None when there is nothing to divide by: no data, which is not zero."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the ratio."""
        return wilson(self.count, self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Nearest-rank quantiles of `n` known values; `unknown` calls should have had one and did not say."""

    p50_s: float | None
    p95_s: float | None
    n: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """Post-first-token speed: the sum of (output tokens - 1) over the sum of (total - time to first token).

    `undefined` calls knew their tokens but have no such interval: one token, or no first-token time.
    """

    tokens: int
    micros: int
    n: int
    undefined: int

    @property
    def tokens_per_s(self) -> float | None:
        return self.tokens * MICROS_PER_S / self.micros if self.micros else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What one service did in [start, end), by event time.

    Decision counts are over answers, usage and latency over calls. An answer whose decision is incomplete is
    unverified; it counts in no other share.
    """

    service: str
    start: Instant
    end: Instant
    answers: int
    calls: int
    unsafe: Share
    safe_route: Share
    abstention: Share
    unverified: Share
    errors: Share
    failure_stages: Mapping[str, int]
    ttft: Quantiles
    duration: Quantiles
    throughput: Throughput
    input_tokens: int | None
    cached_input_tokens: int | None
    output_tokens: int | None
    cost: Cost
    quarantined: Mapping[str, int]

    @property
    def empty(self) -> bool:
        return not self.answers and not self.calls

    @property
    def measures(self) -> dict[str, float | None]:
        """Every measure a policy may name. None: no data."""
        return {
            "answers": self.answers,
            "calls": self.calls,
            "decided": self.unsafe.of,
            "unsafe": self.unsafe.count if self.unsafe.of else None,
            "unsafe_rate": self.unsafe.ratio,
            "safe_route_rate": self.safe_route.ratio,
            "abstention_rate": self.abstention.ratio,
            "unverified_rate": self.unverified.ratio,
            "error_rate": self.errors.ratio,
            "ttft_p50": self.ttft.p50_s,
            "ttft_p95": self.ttft.p95_s,
            "duration_p50": self.duration.p50_s,
            "duration_p95": self.duration.p95_s,
            "tokens_per_s": self.throughput.tokens_per_s,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost": self.cost.nano_usd,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One step of a window's course. None: no data in the step."""

    start: Instant
    answers: int
    calls: int
    unsafe: int | None
    abstentions: int | None
    ttft_p95_s: float | None
    cost: Cost
