"""Stored spans into counts for a scrape: a table of new rows in; sums and histograms by combination of labels out.

The sums are those of `store.events.counters`, over columns instead of in SQL, and a test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outproof.core.attributes import ServerMetric
from outproof.core.time import Instant
from outproof.measure.cost import Unknown, Usage, attos_of
from outproof.measure.dimension import Dimension
from outproof.measure.rate_book import RateBook

BUCKETS_S: Mapping[ServerMetric, tuple[float, ...]] = {
    ServerMetric.CALL_DURATION_S: (0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600),
    ServerMetric.TIME_TO_FIRST_TOKEN_S: (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 10, 15, 20, 30, 60),
}
"""Upper ends, from a cache hit to a long answer of a reasoning model."""

_PPM = 1_000_000
_ATTOS_PER_USD = 10**18
_MICROS_PER_S = 1_000_000
_STAGE_PASSED = "passed"
_INPUT, _OUTPUT = "input_tokens", "output_tokens"
_TOKENS = (_INPUT, "cached_input_tokens", "cache_write_tokens", _OUTPUT)
_PRICED_BY = ("provider", "service_tier")

Labels = tuple[str, ...]
Made = TypeVar("Made")
Numbers = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One span that shows what its counter, or its bucket of a histogram, counts."""

    labels: Labels
    metric: ServerMetric
    bucket: int
    trace_id: str
    value: float
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """What a table of spans adds, by combination of labels; `buckets` are not cumulative, the last one is unbounded."""

    labels: Sequence[Labels]
    sums: Mapping[ServerMetric, Numbers]
    buckets: Mapping[ServerMetric, Numbers]
    sums_s: Mapping[ServerMetric, Numbers]
    shown: Sequence[Shown]
    stages: Mapping[tuple[str, str], float]


class _Facts:
    """The columns of a table as arrays, each made once."""

    def __init__(self, rows: pa.Table) -> None:
        self._rows = rows
        self._made: dict[tuple[str, str], Any] = {}
        ppm = self.number("sampled_ppm")
        self.weight = np.where(ppm > 0, _PPM / np.maximum(ppm, 1), 1.0)
        self.calls = self.flag("is_call")
        self.answers = self.flag("is_answer")
        self.instants = _array(pc.cast(rows["started_at"], pa.int64()))

    def flag(self, name: str) -> Numbers:
        return self._once("flag", name, lambda column: _array(pc.fill_null(column, False)))

    def known(self, name: str) -> Numbers:
        return self._once("known", name, lambda column: _array(pc.is_valid(column)))

    def number(self, name: str) -> Numbers:
        """As floats; what is unknown is 0."""
        return self._once("number", name, lambda column: _array(pc.fill_null(pc.cast(column, pa.float64()), 0.0)))

    def text(self, name: str) -> pa.ChunkedArray:
        return self._once("text", name, lambda column: pc.cast(column, pa.string()))

    def is_one_of(self, name: str, values: Sequence[str]) -> Numbers:
        return _array(pc.fill_null(pc.is_in(self.text(name), pa.array(values)), False))

    def label(self, dimension: Dimension) -> pa.ChunkedArray:
        """What a dimension is called in a label; empty where it is not said."""
        named = self.text("model" if dimension is Dimension.MODEL else dimension.value)
        if dimension is Dimension.MODEL:
            named = pc.coalesce(named, self.text("model_request"))
        return pc.fill_null(named, "")

    def trace_ids(self, rows: Numbers) -> list[str]:
        return [trace.hex() for trace in self._rows["trace_id"].take(pa.array(rows)).to_pylist()]

    def _once(self, kind: str, name: str, make: Callable[[pa.ChunkedArray], Made]) -> Made:
        if (kind, name) not in self._made:
            self._made[kind, name] = make(self._rows[name])
        return cast("Made", self._made[kind, name])


def _array(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(column.to_numpy())


def metered(rows: pa.Table, dimensions: Sequence[Dimension], rates: RateBook) -> Metered:
    """What these new spans add to each combination of labels."""
    facts = _Facts(rows)
    named = [facts.label(dimension) for dimension in dimensions]
    first, place = _groups([_codes(column) for column in named], rows.num_rows)
    labels = [tuple(column[int(row)].as_py() for column in named) for row in first]
    sums = {
        metric: np.bincount(place, weights=amount * facts.weight, minlength=len(labels))
        for metric, amount in _amounts(facts).items()
    }
    sums[ServerMetric.COST_USD], sums[ServerMetric.CALLS_UNPRICED] = _costs(facts, place, len(labels), rates)
    buckets, sums_s, shown = {}, {}, _unsafe_shown(facts, place, labels)
    for metric, column in (
        (ServerMetric.CALL_DURATION_S, "duration_us"),
        (ServerMetric.TIME_TO_FIRST_TOKEN_S, "ttft_us"),
    ):
        buckets[metric], sums_s[metric], more = _histogram(metric, column, facts, place, labels)
        shown += more
    return Metered(labels=labels, sums=sums, buckets=buckets, sums_s=sums_s, shown=shown, stages=_stages(facts))


def _codes(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(pc.dictionary_encode(column).combine_chunks().indices.to_numpy(zero_copy_only=False))


def _groups(codes: Sequence[Numbers], rows: int) -> tuple[Numbers, Numbers]:
    """The first row of each distinct combination, and for each row the number of its combination."""
    place = np.zeros(rows, dtype=np.int64)
    for code in codes:
        place = np.unique(place * (int(code.max(initial=0)) + 1) + code, return_inverse=True)[1]
    _, first, place = np.unique(place, return_index=True, return_inverse=True)
    return first, place


def _amounts(facts: _Facts) -> dict[ServerMetric, Numbers]:
    """What one row adds to each counter, before it is weighted."""
    calls, answers = facts.calls, facts.answers
    judged, unsafe = answers & facts.known("unsafe_claim_served"), answers & facts.flag("unsafe_claim_served")
    routed = answers & facts.known("route")
    decided = routed & judged
    served = decided & facts.is_one_of("route", ("serve", "shorten"))
    streams = calls & facts.known("stream_end")
    output, duration_us, ttft_us = facts.number("output_tokens"), facts.number("duration_us"), facts.number("ttft_us")
    paced = calls & (output >= 2) & facts.known("ttft_us") & (duration_us > ttft_us)
    return {
        ServerMetric.REQUESTS: calls | answers,
        ServerMetric.REQUESTS_FAILED: (calls | answers) & facts.flag("failed"),
        ServerMetric.ANSWERS: answers,
        ServerMetric.ANSWERS_UNDECIDED: answers & ~decided,
        ServerMetric.ANSWERS_JUDGED: judged,
        ServerMetric.ANSWERS_UNSAFE: unsafe,
        ServerMetric.ANSWERS_DECIDED: decided,
        ServerMetric.ANSWERS_SERVED: served,
        ServerMetric.ANSWERS_SERVED_UNSAFE: served & unsafe,
        ServerMetric.ANSWERS_SERVED_SUPPORTED: served & ~unsafe,
        ServerMetric.ANSWERS_SAFELY_ROUTED: decided & ~unsafe,
        ServerMetric.ANSWERS_ROUTED: routed,
        ServerMetric.ANSWERS_ABSTAINED: answers & facts.is_one_of("route", ("abstain",)),
        ServerMetric.ANSWERS_WITH_STAGE: answers & facts.known("first_failed_stage"),
        ServerMetric.ANSWERS_WITH_TEMPLATE: answers & facts.known("template_id"),
        ServerMetric.ANSWERS_WITH_EVIDENCE: answers & facts.known("evidence_version"),
        ServerMetric.CALLS: calls,
        ServerMetric.CALLS_RETRIED: calls & (facts.number("attempt") > 1),
        ServerMetric.STREAMS: streams,
        ServerMetric.STREAMS_CUT: streams & facts.is_one_of("stream_end", ("broken", "abandoned")),
        ServerMetric.INPUT_TOKENS: calls * facts.number("input_tokens"),
        ServerMetric.CACHED_INPUT_TOKENS: calls * facts.number("cached_input_tokens"),
        ServerMetric.OUTPUT_TOKENS: calls * output,
        ServerMetric.PACED_TOKENS: paced * (output - 1),
        ServerMetric.PACED_S: paced * (duration_us - ttft_us) / _MICROS_PER_S,
    }


def _histogram(
    metric: ServerMetric, column: str, facts: _Facts, place: Numbers, labels: Sequence[Labels]
) -> tuple[Numbers, Numbers, list[Shown]]:
    bounds = BUCKETS_S[metric]
    rows = np.flatnonzero(facts.calls & facts.known(column))
    value_s = facts.number(column)[rows] / _MICROS_PER_S
    width = len(bounds) + 1
    cell = place[rows] * width + np.searchsorted(bounds, value_s)
    counts = np.bincount(cell, weights=facts.weight[rows], minlength=len(labels) * width)
    sums_s = np.bincount(place[rows], weights=value_s * facts.weight[rows], minlength=len(labels))
    shown = _shown(metric, facts, rows, cell, labels, value_s)
    return counts.reshape(len(labels), width), sums_s, shown


def _unsafe_shown(facts: _Facts, place: Numbers, labels: Sequence[Labels]) -> list[Shown]:
    rows = np.flatnonzero(facts.answers & facts.flag("unsafe_claim_served"))
    return _shown(ServerMetric.ANSWERS_UNSAFE, facts, rows, place[rows], labels, np.ones(len(rows)))


def _shown(
    metric: ServerMetric, facts: _Facts, rows: Numbers, cell: Numbers, labels: Sequence[Labels], values: Numbers
) -> list[Shown]:
    """The last row of each cell: cells are numbered by combination, and in it by bucket."""
    last = len(cell) - 1 - np.unique(cell[::-1], return_index=True)[1]
    width = len(BUCKETS_S.get(metric, ())) + 1
    traces, instants = facts.trace_ids(rows[last]), facts.instants[rows[last]]
    return [
        Shown(labels[number // width], metric, int(number % width), trace, float(value), Instant(int(at)))
        for number, trace, value, at in zip(cell[last], traces, values[last], instants, strict=True)
    ]


def _stages(facts: _Facts) -> dict[tuple[str, str], float]:
    """Answers by service and the first stage that failed; `passed` is no failure."""
    passed = facts.is_one_of("first_failed_stage", (_STAGE_PASSED,))
    rows = np.flatnonzero(facts.answers & facts.known("first_failed_stage") & ~passed)
    service, stage = (facts.text(name).take(pa.array(rows)) for name in ("service", "first_failed_stage"))
    first, group = _groups([_codes(service), _codes(stage)], len(rows))
    counts = np.bincount(group, weights=facts.weight[rows], minlength=len(first))
    return {
        (service[int(row)].as_py(), stage[int(row)].as_py()): float(count)
        for row, count in zip(first, counts, strict=True)
    }


def _costs(facts: _Facts, place: Numbers, size: int, rates: RateBook) -> tuple[Numbers, Numbers]:
    """US dollars and unpriced calls of each combination. Calls that are priced alike are priced together."""
    usd, unpriced = np.zeros(size), np.zeros(size)
    rows = np.flatnonzero(facts.calls)
    calls = _Calls(facts, rows, rates)
    first, group = _groups([place[rows], *calls.codes], len(rows))
    sizes = np.bincount(group, minlength=len(first))
    sums = {name: np.bincount(group, weights=each, minlength=len(first)) for name, each in calls.amounts.items()}
    for number, call in enumerate(map(int, first)):
        usage = calls.usage(call, int(sizes[number]), {name: int(each[number]) for name, each in sums.items()})
        attos = attos_of(usage, None if usage.at is None else rates.card_at(usage.at))
        own, weight = place[rows[call]], facts.weight[rows[call]]
        if isinstance(attos, Unknown):
            unpriced[own] += usage.calls * weight
        else:
            usd[own] += attos / _ATTOS_PER_USD * weight
    return usd, unpriced


class _Calls:
    """What decides the price of calls. Those with the same `codes` are priced alike and were sampled alike."""

    def __init__(self, facts: _Facts, rows: Numbers, rates: RateBook) -> None:
        chosen = pa.array(rows)
        self.amounts = {name: facts.number(name)[rows] for name in _TOKENS}
        self._known = {name: facts.known(name)[rows] for name in _TOKENS}
        self._model = facts.label(Dimension.MODEL).take(chosen)
        self._provider, self._tier = (pc.fill_null(facts.text(name), "").take(chosen) for name in _PRICED_BY)
        self._starts = rates.starts
        self._era = np.searchsorted(np.array(rates.starts, dtype=np.int64), facts.instants[rows], side="right")
        read, written, spent = (self.amounts[name] for name in ("cached_input_tokens", "cache_write_tokens", _INPUT))
        context = np.searchsorted([limit + 1 for limit in rates.contexts], spent, side="right")
        self.codes = (
            *(_codes(column) for column in (self._model, self._provider, self._tier)),
            *(self._era, context, (read + written > spent) * 1, self._known[_INPUT] * 1, self._known[_OUTPUT] * 1),
            np.unique(facts.weight[rows], return_inverse=True)[1],
        )

    def usage(self, call: int, calls: int, sums: Mapping[str, int]) -> Usage:
        """The tokens of `calls` calls that are priced as this one is."""
        era = int(self._era[call])
        return Usage(
            model=self._model[call].as_py() or None,
            provider=self._provider[call].as_py() or None,
            tier=self._tier[call].as_py() or None,
            calls=calls,
            input_tokens=sums[_INPUT] if self._known[_INPUT][call] else None,
            cached_input_tokens=sums["cached_input_tokens"],
            cache_write_tokens=sums["cache_write_tokens"],
            output_tokens=sums[_OUTPUT] if self._known[_OUTPUT][call] else None,
            at=Instant(self._starts[era - 1]) if era else None,
            context_tokens=int(self.amounts[_INPUT][call]),
        )
