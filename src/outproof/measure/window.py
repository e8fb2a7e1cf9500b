"""A window: counts over [start, end) of some traffic, and the measures read off them. Empty is None, never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outproof.core.time import Instant
from outproof.measure import percentiles
from outproof.measure.cost import Cost
from outproof.measure.dimension import Where
from outproof.measure.percentiles import Distribution, Sketch
from outproof.measure.tally import Sample, Share, Tally

MICROS_PER_S = 1_000_000
STREAM_ENDS = ("finished", "broken", "abandoned", "unknown")
TTFT_KINDS = ("chunk", "token", "server")
TOKEN_KINDS = ("input", "cached_input", "cache_write", "output", "reasoning")
DECISION_FIELDS = ("route", "unsafe_claim_served", "first_failed_stage", "template_id", "evidence_version")
SHARES: Mapping[str, tuple[str, str]] = {
    "unsafe_rate": ("unsafe", "unsafe_known"),
    "unsafe_serve_rate": ("unsafe_served", "served"),
    "supported_serve_rate": ("supported_served", "decided"),
    "safe_route_rate": ("safe_route", "decided"),
    "abstention_rate": ("abstentions", "routed"),
    "unverified_rate": ("undecided", "answers"),
    "error_rate": ("failures", "requests"),
    "broken_stream_rate": ("streams_cut", "streams"),
    "retry_rate": ("retries", "calls"),
    **{f"coverage({name})": (f"{name}_said", "answers") for name in DECISION_FIELDS},
}
"""Measures that are a share: the counter above the line, and the one below it."""


class Method(StrEnum):
    """How percentiles were read."""

    EXACT = "nearest rank"
    SKETCH = "nearest rank, from a sketch within 1 %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Nearest-rank quantiles of `n` known values; `unknown` calls should have had one and did not say.

    An end of the 95 % interval of p95 is None where no value reaches that far: below 59 values it has no upper one.
    """

    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None
    p95_interval_s: tuple[float | None, float | None]
    n: int
    unknown: int
    method: Method


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
class Tokens:
    """Sums over calls; None where no call said. `calls_without_usage` are in no sum."""

    input: int | None
    cached_input: int | None
    cache_write: int | None
    output: int | None
    reasoning: int | None
    calls_without_usage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """How final a window is.

    `until` is the watermark: what happened before it has arrived, as far as can be known; None while that is not known.
    `revision` grows when something arrived after all; `late_spans` did so far.
    """

    until: Instant | None
    revision: int = 0
    late_spans: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What some traffic did in [start, end), by event time.

    Decision counts are over answers, usage and latency over calls. An answer whose decision is incomplete is
    unverified; it counts in no other share. All numbers stand for all traffic, also where a `sample` was kept.
    """

    start: Instant
    end: Instant
    where: Where = field(default_factory=dict)
    answers: int
    calls: int
    unsafe: Share
    unsafe_serve: Share
    supported_serve: Share
    safe_route: Share
    abstention: Share
    unverified: Share
    coverage: Mapping[str, Share]
    errors: Share
    broken_streams: Share
    retried: Share
    failure_stages: Mapping[str, int]
    stream_ends: Mapping[str, int]
    ttft: Quantiles
    ttft_kinds: Mapping[str, int]
    duration: Quantiles
    throughput: Throughput
    tokens: Tokens
    cost: Cost
    quarantined: Mapping[str, int]
    sample: Sample | None
    settling: Settling

    @property
    def empty(self) -> bool:
        return not self.answers and not self.calls

    @property
    def partial(self) -> bool:
        """Whether some of what happened in it may not have arrived."""
        return self.settling.until is None or self.end > self.settling.until

    @property
    def measures(self) -> dict[str, float | None]:
        """Its measures by name; `measure.measured` has the ends of intervals too. None: no data."""
        return {
            "answers": self.answers,
            "calls": self.calls,
            "decided": self.unsafe.of,
            "unsafe": self.unsafe.count if self.unsafe.of else None,
            "unsafe_rate": self.unsafe.ratio,
            "unsafe_serve_rate": self.unsafe_serve.ratio,
            "supported_serve_rate": self.supported_serve.ratio,
            "safe_route_rate": self.safe_route.ratio,
            "abstention_rate": self.abstention.ratio,
            "unverified_rate": self.unverified.ratio,
            "error_rate": self.errors.ratio,
            "broken_stream_rate": self.broken_streams.ratio,
            "retry_rate": self.retried.ratio,
            "ttft_p50": self.ttft.p50_s,
            "ttft_p90": self.ttft.p90_s,
            "ttft_p95": self.ttft.p95_s,
            "ttft_p99": self.ttft.p99_s,
            "duration_p50": self.duration.p50_s,
            "duration_p90": self.duration.p90_s,
            "duration_p95": self.duration.p95_s,
            "duration_p99": self.duration.p99_s,
            "tokens_per_s": self.throughput.tokens_per_s,
            "input_tokens": self.tokens.input,
            "cached_input_tokens": self.tokens.cached_input,
            "output_tokens": self.tokens.output,
            "cost": self.cost.estimated_nano_usd,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a window shows that its counts do not hold."""

    failure_stages: Mapping[str, int]
    quarantined: Mapping[str, int]
    ttft: Distribution | None
    duration: Distribution | None
    cost: Cost


def window(start: Instant, end: Instant, where: Where, tally: Tally, beside: Beside, settling: Settling) -> Window:
    """The window that these counts make."""
    return Window(
        start=start,
        end=end,
        where=where,
        answers=tally.total("answers"),
        calls=tally.total("calls"),
        unsafe=tally.share(*SHARES["unsafe_rate"]),
        unsafe_serve=tally.share(*SHARES["unsafe_serve_rate"]),
        supported_serve=tally.share(*SHARES["supported_serve_rate"]),
        safe_route=tally.share(*SHARES["safe_route_rate"]),
        abstention=tally.share(*SHARES["abstention_rate"]),
        unverified=tally.share(*SHARES["unverified_rate"]),
        coverage={name: tally.share(*SHARES[f"coverage({name})"]) for name in DECISION_FIELDS},
        errors=tally.share(*SHARES["error_rate"]),
        broken_streams=tally.share(*SHARES["broken_stream_rate"]),
        retried=tally.share(*SHARES["retry_rate"]),
        failure_stages=beside.failure_stages,
        stream_ends={end: count for end in STREAM_ENDS if (count := tally.total(f"streams_{end}"))},
        ttft=quantiles(tally, "ttft", beside.ttft),
        ttft_kinds={kind: count for kind in TTFT_KINDS if (count := tally.total(f"ttft_{kind}"))},
        duration=quantiles(tally, "duration", beside.duration),
        throughput=Throughput(
            tokens=tally.total("paced_tokens"),
            micros=tally.total("paced_us"),
            n=tally.total("paced_calls"),
            undefined=tally.total("unpaced_calls"),
        ),
        tokens=_tokens(tally),
        cost=beside.cost,
        quarantined=beside.quarantined,
        sample=tally.sample,
        settling=settling,
    )


def quantiles(tally: Tally, name: str, found: Distribution | None) -> Quantiles:
    """The percentiles of `ttft` or of `duration`, from their microseconds."""
    n, unknown = tally.total(f"{name}_known"), tally.total(f"{name}_unknown")
    method = Method.SKETCH if isinstance(found, Sketch) else Method.EXACT
    if found is None:
        return Quantiles(
            p50_s=None,
            p90_s=None,
            p95_s=None,
            p99_s=None,
            p95_interval_s=(None, None),
            n=n,
            unknown=unknown,
            method=method,
        )
    low, high = percentiles.interval(found, 0.95)
    return Quantiles(
        p50_s=found.at(0.5) / MICROS_PER_S,
        p90_s=found.at(0.9) / MICROS_PER_S,
        p95_s=found.at(0.95) / MICROS_PER_S,
        p99_s=found.at(0.99) / MICROS_PER_S,
        p95_interval_s=(_s(low), _s(high)),
        n=n,
        unknown=unknown,
        method=method,
    )


def _s(micros: float | None) -> float | None:
    return None if micros is None else micros / MICROS_PER_S


def _tokens(tally: Tally) -> Tokens:
    sums = {kind: tally.known_total(f"{kind}_sum", f"{kind}_known") for kind in TOKEN_KINDS}
    return Tokens(**sums, calls_without_usage=tally.total("calls_without_usage"))


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
