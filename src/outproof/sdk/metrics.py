"""Ended answers in, metrics under the application's own prefix out, through prometheus_client where it is installed.

Measuring is done in a thread of the SDK's, or by a scrape; the calling thread only hands over what it ended. Every
label has a bounded set of values, and what can be known in advance is zero from the start, so that the first error of
a process is an increase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from outproof.core.attributes import AppMetric, Decision, GenAi, Work
from outproof.sdk.buffer import Entry
from outproof.sdk.encode import DEFAULT_NAME
from outproof.sdk.guard import faults, never_raises, nothing
from outproof.sdk.host import Host, this_process
from outproof.sdk.ledger import DropReason
from outproof.sdk.onlookers import UNSEEN
from outproof.sdk.readings import duration, duration_of, ended_at_s, error_of, label, name_of, number, ratio_of

try:
    import prometheus_client
except ImportError:  # the extra is not installed: the application runs on, without metrics
    _installed = False
else:
    _installed = True

ENDPOINTS_MAX = 50  # names beyond so many are told together as OTHER, and so are models
MODELS_MAX = 50
OTHER = "other"
SUCCESS, ERROR = "success", "error"
UNKNOWN = "unknown"  # the model of an answer that names none
SCRAPE_WAITS_S = 1.0

# From a cache hit to a long answer of a reasoning model; the steps hold the limits that promises name.
DURATION_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
FIRST_TOKEN_BUCKETS_S = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 10, 15, 20, 30, 60)
LENGTH_BUCKETS_TOKENS = (1, 4, 16, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 65_536)
QUALITY_BUCKETS_RATIO = (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)

_PREFIX = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,62}")
_STEP, _MODEL = Work.STEP.value, GenAi.REQUEST_MODEL.value
_TTFT, _FIRST_CHUNK = Decision.TIME_TO_FIRST_TOKEN_S.value, GenAi.TIME_TO_FIRST_CHUNK_S.value
_INPUT, _CACHED = GenAi.INPUT_TOKENS.value, GenAi.CACHED_INPUT_TOKENS.value
_OUTPUT, _REASONING = GenAi.OUTPUT_TOKENS.value, GenAi.REASONING_TOKENS.value


class _Known:
    """The values that a label may take: those declared, then the first that come; the rest are OTHER."""

    def __init__(self, declared: Iterable[object], values_max: int) -> None:
        self._values = dict.fromkeys(value for each in declared if (value := label(each)))
        self._max = max(values_max, len(self._values))

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._values))

    def __contains__(self, value: object) -> bool:
        return value in self._values

    def bounded(self, value: str) -> str:
        if value not in self._values:
            if len(self._values) >= self._max:
                return OTHER
            self._values[value] = None
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfEndpoint:
    """The series of one endpoint."""

    successes: Any
    errors: Any
    durations: Any
    first_tokens: Any
    lengths: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfModel:
    """The series of one model at one endpoint."""

    spent: Any
    cached: Any
    made: Any


class _Families:
    """The metrics themselves, in the order of `AppMetric`. Those of declared things exist only with a declaration."""

    def __init__(self, prefix: str, registry: Any, *, models: bool, scorers: bool) -> None:
        def made(kind: Any, metric: AppMetric, *labels: str, **more: object) -> Any:
            return kind(f"{prefix}_{metric}", metric.doc, labels, registry=registry, **more)

        counter, gauge, histogram = prometheus_client.Counter, prometheus_client.Gauge, prometheus_client.Histogram
        self.requests = made(counter, AppMetric.REQUESTS, "endpoint", "status")
        self.durations = made(histogram, AppMetric.REQUEST_DURATION_S, "endpoint", buckets=DURATION_BUCKETS_S)
        self.first_tokens = made(histogram, AppMetric.TIME_TO_FIRST_TOKEN_S, "endpoint", buckets=FIRST_TOKEN_BUCKETS_S)
        self.input = made(counter, AppMetric.INPUT_TOKENS, "endpoint", "model")
        self.cached = made(counter, AppMetric.CACHED_INPUT_TOKENS, "endpoint", "model")
        self.output = made(counter, AppMetric.OUTPUT_TOKENS, "endpoint", "model")
        self.lengths = made(histogram, AppMetric.RESPONSE_LENGTH_TOKENS, "endpoint", buckets=LENGTH_BUCKETS_TOKENS)
        self.last_success = made(gauge, AppMetric.LAST_SUCCESS_AT_S, "endpoint", multiprocess_mode="max")
        self.dropped = made(counter, AppMetric.TELEMETRY_DROPPED, "reason")
        self.loaded = self.quality = None
        if models:  # one worker without its model is one too many, so the least of the living ones counts
            self.loaded = made(gauge, AppMetric.MODEL_LOADED, "model", multiprocess_mode="livemin")
        if scorers:
            labels = ("endpoint", "scorer")
            self.quality = made(histogram, AppMetric.QUALITY_RATIO, *labels, buckets=QUALITY_BUCKETS_RATIO)


def _none(*_: object) -> tuple[()]:
    return ()


class _BeforeScrape:
    """Stands first in a registry and yields nothing: whoever scrapes it gets what has ended by now."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def describe(self) -> Iterable[Any]:
        return ()

    @never_raises(_none)
    def collect(self) -> Iterable[Any]:
        self._host.onlookers.catch_up(SCRAPE_WAITS_S)
        return ()


class Metrics:
    """The metrics of one prefix, from now on. No call raises; what cannot be used is counted as a fault.

    Endpoints are names of answers. Those declared, like the models and scorers, are there from the start; up to
    ENDPOINTS_MAX and MODELS_MAX others join them as they come. `problem` says in words why nothing is exported.
    """

    def __init__(
        self,
        prefix: str,
        *,
        endpoints: Iterable[str] = (),
        models: Iterable[str] = (),
        scorers: Iterable[str] = (),
        registry: Any = None,
        host: Host = this_process,
    ) -> None:
        self.problem: str | None = "expected a prefix and lists of names"
        self._host = host
        self._families: _Families | None = None
        self._by_endpoint: dict[str, _OfEndpoint] = {}
        self._by_model: dict[tuple[str, str], _OfModel] = {}
        self._ledger_of: object = None
        self._told_losses: dict[str, int] = {}
        self._start(prefix, endpoints, models, scorers, registry)

    @never_raises(nothing)
    def model_loaded(self, model: str, loaded: bool = True) -> None:
        """Say whether a declared model is ready to answer. Until the first call there is no such series."""
        gauge, named = self._families.loaded if self._families else None, label(model)
        if gauge is None or named not in self._declared_models:
            faults.count("metric_not_declared")
        else:
            gauge.labels(named).set(1 if loaded else 0)

    @never_raises(nothing)
    def quality(self, scorer: str, ratio: float, endpoint: str = DEFAULT_NAME) -> None:
        """Give a score from 0 to 1 by a declared scorer. A score beyond that is counted as a fault."""
        histogram, named = self._families.quality if self._families else None, label(scorer)
        score = ratio_of(ratio)
        if histogram is None or named not in self._declared_scorers:
            faults.count("metric_not_declared")
        elif score is None:
            faults.count("bad_fact")
        else:
            histogram.labels(self._endpoint(label(endpoint) or DEFAULT_NAME), named).observe(score)

    @never_raises(nothing)
    def _start(self, prefix: object, endpoints: Any, models: Any, scorers: Any, registry: Any) -> None:
        if not _installed:
            self.problem = "expected prometheus_client to be installed; pip install 'outproof[metrics]'"
            return
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            self.problem = f"expected a prefix such as 'shop', got {prefix!r:.100}; letters, digits and underscores"
            return
        endpoints, models, scorers = tuple(endpoints), tuple(models), tuple(scorers)
        self._declared_models = frozenset(name for each in models if (name := label(each)))
        self._declared_scorers = frozenset(map(label, scorers))
        self._steps = _Known((), ENDPOINTS_MAX)
        self._endpoints, self._models = _Known(endpoints, ENDPOINTS_MAX), _Known(models, MODELS_MAX)
        registry = prometheus_client.REGISTRY if registry is None else registry
        before_scrape = _BeforeScrape(self._host)
        registry.register(before_scrape)
        try:
            families = _Families(prefix, registry, models=bool(models), scorers=bool(scorers))
        except ValueError as trouble:
            registry.unregister(before_scrape)
            self.problem = f"expected a prefix whose names are free, got {prefix!r}: {trouble}"[:500]
            return
        for reason in (*DropReason, UNSEEN):
            families.dropped.labels(str(reason))
        self._families, self.problem = families, None
        for endpoint in self._endpoints:
            self._begin_at_zero(endpoint)
        self._host.show(self._look, self._tell_losses)

    def _begin_at_zero(self, endpoint: str) -> None:
        assert self._families is not None
        self._of_endpoint(endpoint)
        for model in self._declared_models:
            self._of_model(endpoint, model)

    def _endpoint(self, named: str) -> str:
        if named in self._endpoints:
            return named
        bounded = self._endpoints.bounded(named)
        self._begin_at_zero(bounded)
        return bounded

    # Looking a series up by its labels costs as much as counting, so both kinds are kept: their labels are bounded.

    def _of_endpoint(self, endpoint: str) -> _OfEndpoint:
        found, families = self._by_endpoint.get(endpoint), self._families
        if found is None:
            assert families is not None
            found = self._by_endpoint[endpoint] = _OfEndpoint(
                successes=families.requests.labels(endpoint, SUCCESS),
                errors=families.requests.labels(endpoint, ERROR),
                durations=families.durations.labels(endpoint),
                first_tokens=families.first_tokens.labels(endpoint),
                lengths=families.lengths.labels(endpoint),
            )
        return found

    def _of_model(self, endpoint: str, model: str) -> _OfModel:
        found, families = self._by_model.get((endpoint, model)), self._families
        if found is None:
            assert families is not None
            found = self._by_model[endpoint, model] = _OfModel(
                spent=families.input.labels(endpoint, model),
                cached=families.cached.labels(endpoint, model),
                made=families.output.labels(endpoint, model),
            )
        return found

    def _look(self, entry: Entry) -> None:
        """Measure one ended answer. A step of one is no request, but the tokens it used are used."""
        facts = entry[7]
        output = number(facts.get(_OUTPUT))
        if _STEP in facts:
            self._count_tokens(facts, self._steps.bounded(name_of(entry)), output)
            return
        endpoint = self._endpoint(name_of(entry))
        self._count_tokens(facts, endpoint, output)
        series, exemplar = self._of_endpoint(endpoint), {"trace_id": f"{entry[1]:032x}"}
        if error_of(entry) is None:
            assert self._families is not None
            series.successes.inc()
            self._families.last_success.labels(endpoint).set(ended_at_s(entry))
        else:
            series.errors.inc()
        took_s, ttft_s = duration_of(entry), duration(facts.get(_TTFT, facts.get(_FIRST_CHUNK)))
        if took_s is not None:
            series.durations.observe(took_s, exemplar)
        if ttft_s is not None:
            series.first_tokens.observe(ttft_s, exemplar)
        reasoning = number(facts.get(_REASONING)) or 0
        if output is not None and reasoning <= output:
            series.lengths.observe(output - reasoning)

    def _count_tokens(self, facts: Mapping[str, object], endpoint: str, output: int | None) -> None:
        spent, cached, model = number(facts.get(_INPUT)), number(facts.get(_CACHED)), label(facts.get(_MODEL))
        if spent is None and output is None:
            return
        series = self._of_model(endpoint, self._models.bounded(model) if model else UNKNOWN)
        if spent is not None:
            series.spent.inc(spent)
        if cached is not None and spent is not None and cached <= spent:
            series.cached.inc(cached)
        if output is not None:
            series.made.inc(output)

    def _tell_losses(self) -> None:
        """Carry over what was given up since the last time. A forked child counts from zero, so we do too."""
        assert self._families is not None
        ledger = self._host.ledger
        if self._ledger_of is not ledger.dropped:
            self._ledger_of, self._told_losses = ledger.dropped, {}
        losses = {**ledger.dropped, UNSEEN: faults.by_kind().get(UNSEEN, 0)}
        for reason, items in losses.items():
            told = self._told_losses.get(reason, 0)
            if items > told:
                self._families.dropped.labels(reason).inc(items - told)
                self._told_losses[reason] = items
