"""Reads the windows that policies ask for, many at once: asks in; what each segment of each shows, out.

Asks of one span that speak of the same dimensions are one question to the store, however many policies ask: a thousand
policies of a thousand services cost as much as one that is cut by service.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from outproof.core.time import Instant, after
from outproof.decide.question import SEGMENTS_MAX, Ask, Looks, Seen, Span
from outproof.measure.dimension import Dimension
from outproof.measure.measured import Counts, counters_of, measured, wants_cost, wants_times
from outproof.measure.tally import Counted, Tally
from outproof.measure.window import Settling
from outproof.store.events.counters import COUNTERS
from outproof.store.events.distributions import Distributions, key_tuples
from outproof.store.events.minutes import Heads
from outproof.store.events.queries import Question
from outproof.store.events.reader import Plan, Reader, Row

LAG_S_MAX = 90.0
"""The watermark lies a minute behind by itself. A window that ends so long after it lacks more than it always does."""

_PRICED_BY = (Dimension.MODEL, Dimension.PROVIDER, Dimension.SERVICE_TIER)
_TIMES = ("ttft", "duration")

Key = tuple[str | None, ...]
"""The values of the dimensions of a family, in their order."""


@dataclass(frozen=True, slots=True)
class _Family:
    """Asks that are read together: of one span, over the same dimensions."""

    span_s: float
    back_s: float
    dimensions: tuple[Dimension, ...]


@dataclass(slots=True)
class _Part:
    """What was counted of one combination of values, and the rows that say what it cost."""

    tally: Tally
    rows: list[Row]


class Looker:
    """Looks at windows for policies. Of the windows of one look each is read once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def look(self, asks: Collection[Ask], at: Instant) -> Looks:
        """What is asked for, as it is at an instant.

        Raises:
            Transient: the event store did not answer.
        """
        families: dict[_Family, list[Ask]] = defaultdict(list)
        for ask in dict.fromkeys(asks):
            families[_Family(ask.span_s, ask.back_s, _dimensions(ask))].append(ask)
        heads: dict[Span, Heads] = {}
        looks: dict[Ask, Mapping[str | None, Seen]] = {}
        for family, own in families.items():
            end = after(at, -family.back_s)
            span = Span(after(end, -family.span_s), end)
            if span not in heads:
                heads[span] = self._reader.heads(span.start, span.end)
            looks |= self._read(family, own, span, heads[span])
        return looks

    def _read(self, family: _Family, asks: Sequence[Ask], span: Span, heads: Heads) -> Looks:
        names = frozenset[str]().union(*(ask.measures for ask in asks))
        names = names if all(ask.measures for ask in asks) else frozenset()
        priced, timed = wants_cost(names), wants_times(names)
        keys = family.dimensions
        if priced:
            keys += tuple(each for each in _PRICED_BY if each not in keys)
        plan = self._reader.plan({}, keys, span.start, span.end, heads)
        asked = Question(plan.cover, {}, keys, priced=priced, within=_within(family, asks))
        counters = tuple(COUNTERS) if priced else tuple(sorted(counters_of(names) | _known_times(timed=timed)))
        tables = self._reader.tables(plan, asked, span.start, span.end, counters=counters)
        parts = _parts(tables, family.dimensions, counters, with_rows=priced)
        times = self._times(plan, replace(asked, keys=family.dimensions, priced=False), parts, span) if timed else {}
        seen = _Seeing(
            self._reader, parts, times, span, _is_partial(plan.settling, span), plan.settling.revision, priced
        )
        segments = _segments(family, asks, parts)
        return {ask: seen.of(ask, segments[_whose(ask)].get(_values(ask), ())) for ask in asks}

    def _times(
        self, plan: Plan, asked: Question, parts: Mapping[Key, _Part], span: Span
    ) -> Mapping[Key, Distributions]:
        tallies = {key: part.tally for key, part in parts.items()}
        found = self._reader.distributions(plan, asked, tallies, span.start, span.end)
        if asked.keys:
            return found
        whole = next(iter(found.values()), None)
        return {} if whole is None else {(): whole}


@dataclass(frozen=True, slots=True)
class _Seeing:
    """Makes what is seen of what was read."""

    reader: Reader
    parts: Mapping[Key, _Part]
    times: Mapping[Key, Distributions]
    span: Span
    partial: bool
    revision: int
    priced: bool

    def of(self, ask: Ask, segments: Iterable[tuple[str | None, Key]]) -> Mapping[str | None, Seen]:
        if ask.by is not None:
            return {segment: self._seen(ask, self.parts[key], self.times.get(key)) for segment, key in segments}
        key = _values(ask)
        return {None: self._seen(ask, self.parts.get(key), self.times.get(key))}

    def _seen(self, ask: Ask, part: _Part | None, times: Distributions | None) -> Seen:
        counts = Counts(
            tally=_NOTHING if part is None else part.tally,
            times={} if times is None else {"ttft": times.ttft, "duration": times.duration},
            cost=self.reader.cost(part.rows) if self.priced and part is not None else None,
        )
        return Seen(
            span=self.span,
            measured=measured(counts, ask.measures),
            partial=self.partial,
            revision=self.revision,
        )


_NOTHING = Tally([])


def _is_partial(settling: Settling, span: Span) -> bool:
    return settling.until is None or span.end > after(settling.until, LAG_S_MAX)


def _dimensions(ask: Ask) -> tuple[Dimension, ...]:
    """The dimensions an ask speaks of, in one order for all."""
    spoken = {dimension for dimension, _ in ask.where} | ({ask.by} if ask.by is not None else set())
    return tuple(sorted(spoken))


def _whose(ask: Ask) -> tuple[tuple[Dimension, ...], Dimension | None]:
    """How an ask is put: what it is filtered by, and what it is cut by."""
    return tuple(sorted(dimension for dimension, _ in ask.where)), ask.by


def _values(ask: Ask) -> Key:
    """The values an ask is filtered by, in the order of their dimensions."""
    return tuple(value for _, value in sorted(ask.where, key=lambda item: item[0]))


def _within(family: _Family, asks: Sequence[Ask]) -> tuple[tuple[Dimension, tuple[str, ...]], ...]:
    """What nobody of them asks for need not be read."""
    wheres = [dict(ask.where) for ask in asks]
    return tuple(
        (dimension, tuple(sorted({where[dimension] or "" for where in wheres})))
        for dimension in family.dimensions
        if all(dimension in where for where in wheres)
    )


def _known_times(*, timed: bool) -> frozenset[str]:
    return frozenset(f"{name}_known" for name in _TIMES) if timed else frozenset()


def _parts(
    tables: Iterable[pa.Table], dimensions: Sequence[Dimension], counters: Sequence[str], *, with_rows: bool
) -> dict[Key, _Part]:
    """What was counted, by the values of the dimensions."""
    sums: dict[Key, dict[tuple[int, str | None], list[int]]] = defaultdict(dict)
    rows: dict[Key, list[Row]] = defaultdict(list)
    names = [dimension.value for dimension in dimensions]
    for table in tables:
        keys = key_tuples(table, names)
        drawn = zip(table["ppm"].to_pylist(), table["policy"].to_pylist(), strict=True)
        counted = zip(*(table[name].to_pylist() for name in counters), strict=True)
        for key, how, values in zip(keys, drawn, counted, strict=True):
            own = sums[key]
            known = own.get(how)
            own[how] = list(values) if known is None else [a + b for a, b in zip(known, values, strict=True)]
        if with_rows:
            for key, row in zip(keys, table.to_pylist(), strict=True):
                rows[key].append(row)
    return {
        key: _Part(
            Tally(
                [
                    Counted(dict(zip(counters, values, strict=True)), ppm, policy)
                    for (ppm, policy), values in own.items()
                ]
            ),
            rows[key] if with_rows else [],
        )
        for key, own in sums.items()
    }


def _segments(
    family: _Family, asks: Sequence[Ask], parts: Mapping[Key, _Part]
) -> dict[Any, dict[Key, list[tuple[str | None, Key]]]]:
    """The segments of each ask that is cut, the busiest first, as far as there may be."""
    found: dict[Any, dict[Key, list[tuple[str | None, Key]]]] = {}
    for whose in {_whose(ask) for ask in asks}:
        where, by = whose
        own: dict[Key, list[tuple[str | None, Key]]] = defaultdict(list)
        if by is not None:
            places = [family.dimensions.index(dimension) for dimension in where]
            at = family.dimensions.index(by)
            sizes = {key: part.tally.total("requests") for key, part in parts.items()}
            for key in sorted(parts, key=lambda each: (-sizes[each], each[at] or "")):
                segments = own[tuple(key[place] for place in places)]
                if len(segments) < SEGMENTS_MAX and sizes[key]:
                    segments.append((key[at], key))
        found[whose] = own
    return found
