"""Windows, series and quarantine of services, as the API shows them."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import get
from litestar.exceptions import ValidationException
from litestar.params import FromPath, FromQuery

from outproof.core.time import Instant, after, instant_from_rfc3339, rfc3339
from outproof.measure import window as measured
from outproof.server.given import Clock
from outproof.server.given import Windows as EventWindows

MINUTES_MAX = 31 * 24 * 60
_POINTS = 60


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    last_seen_at: str
    answers: int
    calls: int


@dataclass(frozen=True, slots=True)
class Services:
    """Services seen in the last 24 hours."""

    services: list[Service]


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; `interval` is the Wilson 95 % interval. Null: no data."""

    count: int
    of: int
    ratio: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Exact nearest-rank quantiles of `n` values; `unknown` calls did not say."""

    p50_s: float | None
    p95_s: float | None
    n: int
    unknown: int
    method: str = "nearest rank"


@dataclass(frozen=True, slots=True)
class Throughput:
    """Post-first-token speed. `undefined` calls have no interval after the first token."""

    tokens_per_s: float | None
    n: int
    undefined: int


@dataclass(frozen=True, slots=True)
class Tokens:
    input: int | None
    cached_input: int | None
    output: int | None


@dataclass(frozen=True, slots=True)
class Unpriced:
    model: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Exact nano-USD of the priced calls; null when none could be priced."""

    nano_usd: int | None
    rate_card: str | None
    unpriced: list[Unpriced]


@dataclass(frozen=True, slots=True)
class StageCount:
    stage: str
    count: int


@dataclass(frozen=True, slots=True)
class ReasonCount:
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Template:
    template_id: str | None
    answers: int
    unsafe: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a service did in [start, end), by event time."""

    service: str
    start: str
    end: str
    state: str
    answers: int
    calls: int
    unsafe: Share
    safe_route: Share
    abstention: Share
    unverified: Share
    errors: Share
    failure_stages: list[StageCount]
    ttft: Quantiles
    duration: Quantiles
    throughput: Throughput
    tokens: Tokens
    cost: Cost
    quarantined: list[ReasonCount]
    templates: list[Template]


@dataclass(frozen=True, slots=True)
class Point:
    start: str
    answers: int
    calls: int
    unsafe: int | None
    abstentions: int | None
    ttft_p95_s: float | None
    cost_nano_usd: int | None


@dataclass(frozen=True, slots=True)
class Series:
    start: str
    end: str
    step_s: int
    points: list[Point]


@dataclass(frozen=True, slots=True)
class QuarantineField:
    key: str
    value: int


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """Facts of one span that contradict each other, as they came."""

    at: str
    service: str
    reason: str
    detail: str
    trace_id: str
    span_id: str
    fields: list[QuarantineField]


@dataclass(frozen=True, slots=True)
class Quarantine:
    quarantine: list[QuarantineEntry]


_DETAIL = {
    "ends_before_start": "the span ends before it starts: its clock stepped back",
    "first_token_after_end": "the total time must exceed the time to the first token when more than one token follows",
    "cached_exceeds_input": "more tokens came from the cache than were sent: the emitter counts them apart",
    "reasoning_exceeds_output": "more tokens were reasoning than were written",
    "negative_tokens": "a count of tokens is below zero",
}


def _range(clock: Clock, minutes: int, start: str | None, end: str | None) -> tuple[Instant, Instant]:
    if not 1 <= minutes <= MINUTES_MAX:
        raise ValidationException(f"expected minutes from 1 to {MINUTES_MAX}, got {minutes}")
    try:
        until = instant_from_rfc3339(end) if end else clock.now()
        since = instant_from_rfc3339(start) if start else after(until, -60.0 * minutes)
    except ValueError as error:
        raise ValidationException(str(error)) from error
    if since >= until:
        raise ValidationException(f"expected a start before the end, got {rfc3339(since)} and {rfc3339(until)}")
    return since, until


@get("/v1/services", sync_to_thread=True)
def services(windows: EventWindows, clock: Clock) -> Services:
    """Services seen in the last 24 hours."""
    found = windows.services(after(clock.now(), -86_400))
    return Services([Service(row["name"], rfc3339(row["last_seen_at"]), row["answers"], row["calls"]) for row in found])


@get("/v1/services/{name:str}/window", sync_to_thread=True)
def window(
    name: FromPath[str],
    windows: EventWindows,
    clock: Clock,
    minutes: FromQuery[int] = 60,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
) -> Window:
    """The measures of one service over the last minutes, or over [start, end)."""
    since, until = _range(clock, minutes, start, end)
    found = windows.window(name, since, until)
    templates = windows.templates(name, since, until)
    return Window(
        service=name,
        start=rfc3339(since),
        end=rfc3339(until),
        state="no_data" if found.empty else "ok",
        answers=found.answers,
        calls=found.calls,
        unsafe=_share(found.unsafe),
        safe_route=_share(found.safe_route),
        abstention=_share(found.abstention),
        unverified=_share(found.unverified),
        errors=_share(found.errors),
        failure_stages=[StageCount(stage, count) for stage, count in found.failure_stages.items()],
        ttft=_quantiles(found.ttft),
        duration=_quantiles(found.duration),
        throughput=Throughput(found.throughput.tokens_per_s, found.throughput.n, found.throughput.undefined),
        tokens=Tokens(found.input_tokens, found.cached_input_tokens, found.output_tokens),
        cost=_cost(found),
        quarantined=[ReasonCount(reason, count) for reason, count in found.quarantined.items()],
        templates=[Template(**row) for row in templates],
    )


@get("/v1/services/{name:str}/series", sync_to_thread=True)
def series(
    name: FromPath[str],
    windows: EventWindows,
    clock: Clock,
    minutes: FromQuery[int] = 60,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
) -> Series:
    """The course of a window in about sixty steps."""
    since, until = _range(clock, minutes, start, end)
    step_s = max(1, round((until - since) / 10**9 / _POINTS))
    points = [
        Point(
            start=rfc3339(point.start),
            answers=point.answers,
            calls=point.calls,
            unsafe=point.unsafe,
            abstentions=point.abstentions,
            ttft_p95_s=point.ttft_p95_s,
            cost_nano_usd=point.cost.nano_usd,
        )
        for point in windows.series(name, since, until, step_s)
    ]
    return Series(rfc3339(since), rfc3339(until), step_s, points)


@get("/v1/quarantine", sync_to_thread=True)
def quarantine(windows: EventWindows, limit: FromQuery[int] = 50) -> Quarantine:
    """The newest facts that were set aside because they contradict each other."""
    return Quarantine(
        [
            QuarantineEntry(
                at=rfc3339(row["at"]),
                service=row["service"],
                reason=row["reason"],
                detail=_DETAIL.get(row["reason"], ""),
                trace_id=row["trace_id"],
                span_id=row["span_id"],
                fields=[QuarantineField(key, value) for key, value in row["facts"].items()],
            )
            for row in windows.set_aside(max(1, min(limit, 500)))
        ]
    )


def _share(share: measured.Share) -> Share:
    return Share(share.count, share.of, share.ratio, share.interval)


def _quantiles(quantiles: measured.Quantiles) -> Quantiles:
    return Quantiles(quantiles.p50_s, quantiles.p95_s, quantiles.n, quantiles.unknown)


def _cost(window: measured.Window) -> Cost:
    cost = window.cost
    return Cost(cost.nano_usd, cost.rate_card, [Unpriced(item.model, item.calls) for item in cost.unpriced])


HANDLERS = [services, window, series, quarantine]
