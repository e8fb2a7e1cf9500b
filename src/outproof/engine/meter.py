"""Traffic as a scraper is told of it: tables of stored spans in; counters that only grow, by bounded labels, out.

Nothing is kept on disk: a scraper knows that a process counts from zero.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import pyarrow as pa

from outproof.core.attributes import ServerMetric
from outproof.core.time import Instant, seconds_between
from outproof.decide.expression import ValueType, comparisons
from outproof.decide.policy import Policy, PolicyKind
from outproof.engine.metering import BUCKETS_S, Labels, Metered, Shown, metered
from outproof.measure.dimension import Dimension
from outproof.measure.rate_book import RateBook

COMBINATIONS_MAX = 300
"""Combinations of label values that are told apart; in later ones all but the service are OTHER. A combination has
about 70 series, so that a scrape holds some 20,000 at most."""

SERVICES_MAX = 50
STAGES_MAX = 200
OTHER = "other"

TOGETHER_ROWS = 8_192
"""Tables wait until so many rows can be counted at once, or until a scrape: one row costs as much as hundreds."""

BORN_FOR_S = 60.0
"""How long a new combination is shown as zero: a series that is born with a value has not increased, and the first
unsafe answer would be invisible. Scrapers that come at least this often have seen the zero by then."""

ALWAYS = (Dimension.SERVICE, Dimension.ENVIRONMENT, Dimension.MODEL, Dimension.TEMPLATE)
"""What is told apart also where no policy asks for it."""

_SERVICE = ALWAYS.index(Dimension.SERVICE)

_COUNTERS = (
    ServerMetric.REQUESTS,
    ServerMetric.REQUESTS_FAILED,
    ServerMetric.ANSWERS,
    ServerMetric.ANSWERS_UNDECIDED,
    ServerMetric.ANSWERS_JUDGED,
    ServerMetric.ANSWERS_UNSAFE,
    ServerMetric.ANSWERS_DECIDED,
    ServerMetric.ANSWERS_SERVED,
    ServerMetric.ANSWERS_SERVED_UNSAFE,
    ServerMetric.ANSWERS_SERVED_SUPPORTED,
    ServerMetric.ANSWERS_SAFELY_ROUTED,
    ServerMetric.ANSWERS_ROUTED,
    ServerMetric.ANSWERS_ABSTAINED,
    ServerMetric.ANSWERS_WITH_STAGE,
    ServerMetric.ANSWERS_WITH_TEMPLATE,
    ServerMetric.ANSWERS_WITH_EVIDENCE,
    ServerMetric.CALLS,
    ServerMetric.CALLS_RETRIED,
    ServerMetric.CALLS_UNPRICED,
    ServerMetric.STREAMS,
    ServerMetric.STREAMS_CUT,
    ServerMetric.INPUT_TOKENS,
    ServerMetric.CACHED_INPUT_TOKENS,
    ServerMetric.OUTPUT_TOKENS,
    ServerMetric.PACED_TOKENS,
    ServerMetric.PACED_S,
    ServerMetric.COST_USD,
)
"""The counters that have the labels of traffic."""


@dataclass(slots=True, kw_only=True)
class Series:
    """What was counted of one combination of labels. `buckets` are cumulative when they are read."""

    sums: dict[ServerMetric, float]
    buckets: dict[ServerMetric, list[float]]
    sums_s: dict[ServerMetric, float]
    shown: dict[tuple[ServerMetric, int], Shown] = field(default_factory=dict)
    first_read_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """All that was counted, at one moment. `stages` are by service and first failed stage."""

    dimensions: Sequence[Dimension]
    counters: Sequence[ServerMetric]
    series: Mapping[Labels, Series]
    stages: Mapping[tuple[str, str], float]


def dimensions_of(policies: Iterable[Policy]) -> tuple[Dimension, ...]:
    """What traffic is told apart by: always the same few, and whatever a policy is about, is cut by or judges by."""
    asked = {dimension for policy in policies for dimension, _ in policy.over}
    asked |= {policy.by for policy in policies if policy.by is not None}
    asked |= {fact for policy in policies if policy.kind is PolicyKind.INVARIANT for fact in _spoken_of(policy)}
    return (*ALWAYS, *sorted(asked - {*ALWAYS}))


def _spoken_of(policy: Policy) -> Iterable[Dimension]:
    """The texts that answers are judged by, where traffic is cut by them too."""
    named = {compare.name for compare in comparisons(policy.condition) if compare.type is ValueType.TEXT}
    return (dimension for dimension in Dimension if dimension.value in named)


class Meter:
    """Counts what is stored. `policies` are those in force: a new dimension among theirs begins all counts anew."""

    def __init__(self, policies: Callable[[], Sequence[Policy]], rates: Callable[[], RateBook]) -> None:
        self._policies = policies
        self._rates = rates
        self._lock = threading.Lock()
        self._dimensions: tuple[Dimension, ...] = ()
        self._series: dict[Labels, Series] = {}
        self._stages: dict[tuple[str, str], float] = {}
        self._services: set[str] = set()
        self._waiting: list[pa.Table] = []

    def count(self, rows: pa.Table) -> None:
        """Count a table of spans that were stored just now, each for the first time; small ones together, later."""
        with self._lock:
            self._waiting.append(rows)
            if sum(each.num_rows for each in self._waiting) >= TOGETHER_ROWS:
                self._catch_up(self._policies())

    def read(self, now: Instant) -> Traffic:
        """What was counted so far. What is read for the first time is shown as zero, for a while."""
        policies = self._policies()
        with self._lock:
            self._catch_up(policies)
            for policy in policies:
                self._of(_expected(policy, self._dimensions))
            series = {labels: _read(each, now) for labels, each in self._series.items()}
            stages = dict(self._stages)
            return Traffic(dimensions=self._dimensions, counters=_COUNTERS, series=series, stages=stages)

    def _catch_up(self, policies: Sequence[Policy]) -> None:
        """Count what waits, by the labels that are asked for now."""
        dimensions = dimensions_of(policies)
        if dimensions != self._dimensions:
            self._dimensions = dimensions
            self._series, self._stages, self._services = {}, {}, set()
        waiting, self._waiting = self._waiting, []
        if any(rows.num_rows for rows in waiting):
            self._add(metered(pa.concat_tables(waiting), dimensions, self._rates()))

    def _add(self, found: Metered) -> None:
        owners = [self._of(labels) for labels in found.labels]
        for metric, amounts in found.sums.items():
            for owner, amount in zip(owners, amounts, strict=True):
                owner.sums[metric] += float(amount)
        for metric, counts in found.buckets.items():
            for owner, row, sum_s in zip(owners, counts, found.sums_s[metric], strict=True):
                owner.buckets[metric] = [old + float(new) for old, new in zip(owner.buckets[metric], row, strict=True)]
                owner.sums_s[metric] += float(sum_s)
        for shown in found.shown:
            self._of(shown.labels).shown[shown.metric, shown.bucket] = shown
        for (service, stage), count in found.stages.items():
            named = (service, stage)
            if named not in self._stages and len(self._stages) >= STAGES_MAX:
                named = (OTHER, OTHER)
            self._stages[named] = self._stages.get(named, 0.0) + count

    def _of(self, labels: Labels) -> Series:
        """The series of a combination, or of the one it is counted under."""
        if labels not in self._series:
            labels = self._bounded(labels)
        if labels not in self._series:
            self._services.add(labels[_SERVICE])
            self._series[labels] = _nothing()
        return self._series[labels]

    def _bounded(self, labels: Labels) -> Labels:
        service = labels[_SERVICE]
        if service not in self._services and len(self._services) >= SERVICES_MAX:
            return (OTHER,) * len(labels)
        if len(self._series) < COMBINATIONS_MAX:
            return labels
        return tuple(service if place == _SERVICE else OTHER for place in range(len(labels)))


def _expected(policy: Policy, dimensions: Sequence[Dimension]) -> Labels:
    """What a policy is about: its series are there, at zero, before the first answer comes."""
    named = dict(policy.over)
    return tuple(named.get(dimension) or "" for dimension in dimensions)


def _nothing() -> Series:
    return Series(
        sums=dict.fromkeys(_COUNTERS, 0.0),
        buckets={metric: [0.0] * (len(bounds) + 1) for metric, bounds in BUCKETS_S.items()},
        sums_s=dict.fromkeys(BUCKETS_S, 0.0),
    )


def _read(series: Series, now: Instant) -> Series:
    if series.first_read_at is None:
        series.first_read_at = now
    if seconds_between(series.first_read_at, now) < BORN_FOR_S:
        return _nothing()
    return Series(
        sums=dict(series.sums),
        buckets={metric: list(accumulate(counts)) for metric, counts in series.buckets.items()},
        sums_s=dict(series.sums_s),
        shown=dict(series.shown),
    )
