"""What a scraper is shown: the traffic that was counted, the state store and the loops in; families of samples out."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from outproof.config.declared import Declared
from outproof.contract.severity import Severity
from outproof.core.attributes import ServerMetric
from outproof.core.errors import Transient
from outproof.core.time import NANOS_PER_S, Instant, instant_from_rfc3339
from outproof.core.version import VERSION
from outproof.decide.alert import AlertState
from outproof.engine.meter import Meter, Series, Traffic
from outproof.engine.metering import BUCKETS_S, Shown
from outproof.ports import Clock, State, Transaction
from outproof.prove.outcome import Verdict
from outproof.respond.delivery import Outcome
from outproof.respond.incident import IncidentState
from outproof.server.health import Component, Health

STILL_OPEN_MAX = 1_000
"""Verdicts that may still be on their way into the store, with a lower number than the newest."""

_UNRESOLVED = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)
_INCIDENTS_MAX = 1_000
_FEEDBACK = ("up", "down", "escalated")

Values = TypeVar("Values", bound=tuple[str, ...])
"""The values of labels."""


@dataclass(slots=True)
class _Settled:
    """Runs by promise and verdict, through the change of that number: what is older is not counted again."""

    through: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


class Scraper(Collector):
    """Everything that is exported. What is declared has its series from the start, at zero."""

    def __init__(
        self, meter: Meter, state: State, health: Health, clock: Clock, declared: Callable[[], Declared]
    ) -> None:
        self._meter = meter
        self._state = state
        self._health = health
        self._clock = clock
        self._declared = declared
        self._settled = _Settled()
        self._lock = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        """One look at all of it. A state store that cannot be read does not hide the rest."""
        build = InfoMetricFamily(ServerMetric.BUILD.removesuffix("_info"), ServerMetric.BUILD.doc)
        build.add_metric([], {"version": VERSION})
        yield build
        yield from _traffic(self._meter.read(self._clock.now()))
        yield from _progress(self._health.components())
        try:
            with self._lock, self._state.look() as tx:
                kept = list(self._kept(tx, self._declared()))
        except Transient:
            kept = []
        yield _gauge(ServerMetric.STATE_READABLE, (), {(): float(bool(kept))})
        yield from kept

    def _kept(self, tx: Transaction, declared: Declared) -> Iterator[Metric]:
        """What the state store holds. Every server of a project says the same of it."""
        ledger = {(line.signal, line.outcome, line.reason): float(line.count) for line in tx.ledger.lines()}
        yield _counter(ServerMetric.SIGNALS, ("signal", "outcome", "reason"), ledger)
        promises = [promise.name for promise in declared.promises]
        settled = _with_zeros(self._settled_runs(tx), _pairs(promises, [each for each in Verdict if each != "pending"]))
        yield _counter(ServerMetric.RUNS_SETTLED, ("promise", "verdict"), settled)
        yield _counter(ServerMetric.INCIDENTS_OPENED, (), {(): tx.totals.incidents_opened()})
        incidents = _with_zeros(tx.totals.unresolved_incidents(), _pairs(_UNRESOLVED, Severity))
        yield _gauge(ServerMetric.INCIDENTS, ("state", "severity"), incidents)
        broken = Counter((each.finding.promise,) for each in tx.incidents.newest(_UNRESOLVED, _INCIDENTS_MAX))
        yield _gauge(ServerMetric.PROMISE_INCIDENTS, ("promise",), {(name,): broken[name,] for name in promises})
        policies = [policy.name for policy in declared.policies]
        in_force = {pair: count for pair, count in tx.totals.alerts().items() if pair[0] in policies}
        alerts = _with_zeros(in_force, _pairs(policies, AlertState))
        yield _gauge(ServerMetric.POLICY_ALERTS, ("policy", "state"), alerts)
        yield from _told(tx, [channel.name for channel in declared.channels])
        said = tx.totals.feedback()
        yield _counter(ServerMetric.FEEDBACK, ("said",), {(word,): said.get(word, 0) for word in _FEEDBACK})

    def _settled_runs(self, tx: Transaction) -> Counter[tuple[str, str]]:
        last = tx.totals.last_verdict()
        safe = max(self._settled.through, last - STILL_OPEN_MAX)
        if safe > self._settled.through:
            self._settled.counts.update(tx.totals.settled_runs(self._settled.through, safe))
            self._settled.through = safe
        return self._settled.counts + Counter(tx.totals.settled_runs(safe, last))


def _told(tx: Transaction, channels: Sequence[str]) -> Iterator[Metric]:
    attempts = _with_zeros(tx.totals.attempts(), _pairs(channels, Outcome))
    yield _counter(ServerMetric.DELIVERY_ATTEMPTS, ("channel", "outcome"), attempts)
    waiting = {(name,): 0 for name in channels} | {(name,): n for name, n in tx.totals.notices_waiting().items()}
    yield _gauge(ServerMetric.NOTICES_WAITING, ("channel",), waiting)
    accepted = {(name,): at / NANOS_PER_S for name, at in tx.totals.last_accepted().items()}
    yield _gauge(ServerMetric.DELIVERED_AT_S, ("channel",), accepted)


def _traffic(traffic: Traffic) -> Iterator[Metric]:
    names = [dimension.value for dimension in traffic.dimensions]
    for metric in traffic.counters:
        family = CounterMetricFamily(metric, metric.doc, labels=names)
        for labels, series in traffic.series.items():
            family.add_metric(labels, series.sums[metric], exemplar=_exemplar(series.shown.get((metric, 0))))
        yield family
    for metric, bounds in BUCKETS_S.items():
        histogram = HistogramMetricFamily(metric, metric.doc, labels=names)
        for labels, series in traffic.series.items():
            histogram.add_metric(labels, _buckets(metric, bounds, series), series.sums_s[metric])
        yield histogram
    yield _counter(ServerMetric.ANSWERS_FAILED, ("service", "stage"), traffic.stages)


def _buckets(
    metric: ServerMetric, bounds: Sequence[float], series: Series
) -> list[tuple[str, float] | tuple[str, float, Exemplar]]:
    found: list[tuple[str, float] | tuple[str, float, Exemplar]] = []
    for number, end in enumerate((*map(str, map(float, bounds)), "+Inf")):
        count, exemplar = series.buckets[metric][number], _exemplar(series.shown.get((metric, number)))
        found.append((end, count) if exemplar is None else (end, count, exemplar))
    return found


def _exemplar(shown: Shown | None) -> Exemplar | None:
    """Told only in OpenMetrics: the older text format has no place for it."""
    return None if shown is None else Exemplar({"trace_id": shown.trace_id}, shown.value, shown.at / NANOS_PER_S)


def _progress(components: Iterable[Component]) -> Iterator[Metric]:
    known = list(components)
    at = {(each.name,): _unix_s(instant_from_rfc3339(each.last_progress_at)) for each in known}
    yield _gauge(ServerMetric.COMPONENT_PROGRESS_AT_S, ("component",), at)
    failing = {(each.name,): float(each.trouble is not None) for each in known}
    yield _gauge(ServerMetric.COMPONENT_FAILING, ("component",), failing)
    lag = next((each.lag for each in known if each.lag is not None), None)
    yield _gauge(ServerMetric.JOURNAL_BACKLOG, (), {} if lag is None else {(): lag})


def _unix_s(at: Instant) -> float:
    return at / NANOS_PER_S


def _pairs(first: Iterable[str], second: Iterable[str]) -> list[tuple[str, str]]:
    return [(one, str(other)) for one in first for other in second]


def _with_zeros(
    counts: Mapping[tuple[str, str], int], known: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], int]:
    """Counts, with a zero for what may be counted and has not been yet: from zero, the first one is an increase."""
    return dict.fromkeys(known, 0) | dict(counts)


def _counter(metric: ServerMetric, names: Sequence[str], counts: Mapping[Values, float]) -> Metric:
    return _filled(CounterMetricFamily(metric, metric.doc, labels=names), counts)


def _gauge(metric: ServerMetric, names: Sequence[str], values: Mapping[Values, float]) -> Metric:
    return _filled(GaugeMetricFamily(metric, metric.doc, labels=names), values)


def _filled(family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[Values, float]) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, float(value))
    return family
