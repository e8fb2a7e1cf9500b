"""Windows as the API shows them: what was measured in, JSON out. Null is no data, never zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from outproof.core.time import Instant, rfc3339
from outproof.measure import comparison, tally
from outproof.measure import window as measured
from outproof.store.events.windows import Groups


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, of all traffic, with the 95 % interval of the ratio (Wilson's, where everything was kept).

    `kept` is how many rows it was read off: fewer than `of` in a sample.
    """

    count: int
    of: int
    ratio: float | None
    interval: tuple[float, float] | None
    kept: int


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Nearest-rank quantiles of `n` values; `unknown` calls did not say. `method` says whether they are exact.

    An end of the interval of p95 is null where no value reaches that far.
    """

    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None
    p95_interval_s: tuple[float | None, float | None]
    n: int
    unknown: int
    method: str


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
    cache_write: int | None
    output: int | None
    reasoning: int | None
    calls_without_usage: int


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Calls that the cost leaves out, and why."""

    model: str | None
    calls: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cost:
    """Exact nano-USD of the priced calls that were kept; null when none could be priced.

    `estimated_nano_usd` is for all traffic; the same where everything was kept.
    """

    nano_usd: int | None
    estimated_nano_usd: int | None
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
class NamedCount:
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class FieldCoverage:
    """How many answers say this part of their decision."""

    field: str
    share: Share


@dataclass(frozen=True, slots=True)
class Template:
    template_id: str | None
    answers: int
    unsafe: int


@dataclass(frozen=True, slots=True)
class KeptWith:
    """So many rows were kept with this probability."""

    probability: float
    rows: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What the numbers rest on where not everything was kept. They stand for all traffic.

    `effective` is how many equally weighted rows would say as much. A policy that is null is an upstream sampler's.
    """

    kept: int
    effective: float
    probabilities: list[KeptWith]
    policies: list[str | None]
    stands_for: str = "all traffic of the window, estimated"


@dataclass(frozen=True, slots=True)
class Settling:
    """How final a window is: what happened before `settled_until` has arrived, as far as can be known.

    `partial`: the window ends after that. `revision` grows when something arrived after all; `late_spans` did so far.
    """

    partial: bool
    settled_until: str | None
    revision: int
    late_spans: int


@dataclass(frozen=True, slots=True)
class Fact:
    """What all the traffic of a window has in common. Null: it does not say."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What some traffic did in [start, end), by event time."""

    service: str
    where: list[Fact]
    start: str
    end: str
    state: str
    settling: Settling
    sample: Sample | None
    answers: int
    calls: int
    unsafe: Share
    unsafe_serve: Share
    supported_serve: Share
    safe_route: Share
    abstention: Share
    unverified: Share
    coverage: list[FieldCoverage]
    errors: Share
    broken_streams: Share
    retried: Share
    failure_stages: list[StageCount]
    stream_ends: list[NamedCount]
    ttft: Quantiles
    ttft_kinds: list[NamedCount]
    duration: Quantiles
    throughput: Throughput
    tokens: Tokens
    cost: Cost
    quarantined: list[ReasonCount]
    templates: list[Template]


@dataclass(frozen=True, slots=True)
class Group:
    """The window of one value of a dimension. Null: what does not say."""

    value: str | None
    window: Window


@dataclass(frozen=True, slots=True)
class GroupedWindows:
    """A window cut by a dimension, the busiest part first; `left_out` parts are not shown."""

    by: str
    groups: list[Group]
    left_out: int


@dataclass(frozen=True, slots=True)
class Change:
    """One measure now and before, with the 95 % interval of the difference. A total has none and is not judged."""

    measure: str
    now: float | None
    before: float | None
    relative: float | None
    interval: tuple[float, float] | None
    direction: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed against an earlier window; by chance alone `expected_by_chance` of the judged measures seem to."""

    start: str
    end: str
    before_start: str
    before_end: str
    partial: bool
    changes: list[Change]
    expected_by_chance: float


def window_view(found: measured.Window, templates: Sequence[Mapping[str, Any]] = ()) -> Window:
    facts = {key.value: value for key, value in found.where.items()}
    return Window(
        service=facts.get("service") or "",
        where=[Fact(name, value) for name, value in facts.items()],
        start=rfc3339(found.start),
        end=rfc3339(found.end),
        state="no_data" if found.empty else "ok",
        settling=_settling(found),
        sample=_sample(found.sample),
        answers=found.answers,
        calls=found.calls,
        unsafe=_share(found.unsafe),
        unsafe_serve=_share(found.unsafe_serve),
        supported_serve=_share(found.supported_serve),
        safe_route=_share(found.safe_route),
        abstention=_share(found.abstention),
        unverified=_share(found.unverified),
        coverage=[FieldCoverage(name, _share(share)) for name, share in found.coverage.items()],
        errors=_share(found.errors),
        broken_streams=_share(found.broken_streams),
        retried=_share(found.retried),
        failure_stages=[StageCount(stage, count) for stage, count in found.failure_stages.items()],
        stream_ends=[NamedCount(end, count) for end, count in found.stream_ends.items()],
        ttft=_quantiles(found.ttft),
        ttft_kinds=[NamedCount(kind, count) for kind, count in found.ttft_kinds.items()],
        duration=_quantiles(found.duration),
        throughput=Throughput(found.throughput.tokens_per_s, found.throughput.n, found.throughput.undefined),
        tokens=_tokens(found.tokens),
        cost=_cost(found),
        quarantined=[ReasonCount(reason, count) for reason, count in found.quarantined.items()],
        templates=[Template(**row) for row in templates],
    )


def groups_view(by: str, found: Groups) -> GroupedWindows:
    return GroupedWindows(by, [Group(value, window_view(each)) for value, each in found.windows], found.left_out)


def changes_view(found: comparison.Comparison) -> Changes:
    return Changes(
        start=rfc3339(found.now.start),
        end=rfc3339(found.now.end),
        before_start=rfc3339(found.before.start),
        before_end=rfc3339(found.before.end),
        partial=found.partial,
        changes=[_change(each) for each in found.changes],
        expected_by_chance=found.expected_by_chance,
    )


def _change(change: comparison.Change) -> Change:
    direction = None if change.direction is None else change.direction.value
    return Change(change.measure, change.now, change.before, change.relative, change.interval, direction)


def _settling(found: measured.Window) -> Settling:
    until = found.settling.until
    return Settling(
        found.partial,
        rfc3339(Instant(until)) if until is not None else None,
        found.settling.revision,
        found.settling.late_spans,
    )


def _sample(sample: tally.Sample | None) -> Sample | None:
    if sample is None:
        return None
    kept = [KeptWith(ppm / 1_000_000, rows) for ppm, rows in sorted(sample.probabilities.items())]
    return Sample(sample.kept, sample.effective, kept, list(sample.policies))


def _share(share: tally.Share) -> Share:
    return Share(share.count, share.of, share.ratio, share.interval, share.kept)


def _quantiles(found: measured.Quantiles) -> Quantiles:
    return Quantiles(
        found.p50_s,
        found.p90_s,
        found.p95_s,
        found.p99_s,
        found.p95_interval_s,
        found.n,
        found.unknown,
        str(found.method),
    )


def _tokens(tokens: measured.Tokens) -> Tokens:
    return Tokens(
        tokens.input,
        tokens.cached_input,
        tokens.cache_write,
        tokens.output,
        tokens.reasoning,
        tokens.calls_without_usage,
    )


def _cost(window: measured.Window) -> Cost:
    cost = window.cost
    unpriced = [Unpriced(item.model, item.calls, str(item.reason)) for item in cost.unpriced]
    return Cost(cost.nano_usd, cost.estimated_nano_usd, cost.rate_card, unpriced)
