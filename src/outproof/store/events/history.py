"""Reads the history that a policy is tried on, a portion at a time: minutes and late answers of the store in, rows out.

Minutes come from roll-ups where they are sealed, else from the answers. When an answer came is told by its row; of
frozen minutes, and of rows from before that was written down, it is not known: they are taken to have come in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa

from outproof.core.errors import Permanent
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, duration_text, seconds_between
from outproof.decide.expression import comparisons
from outproof.decide.invariant import breaking
from outproof.decide.policy import Policy, PolicyKind
from outproof.decide.question import Span
from outproof.learn.history import DAYS_MAX, History, reach_minutes
from outproof.measure.dimension import Dimension, Where
from outproof.measure.measured import counters_of, wants_cost, wants_times
from outproof.measure.minutes import MINUTE_NS, Minutes, minute_of, minute_start
from outproof.measure.rate_book import RateBook
from outproof.store.events import queries
from outproof.store.events.client import Client
from outproof.store.events.history_rows import HistoryRows
from outproof.store.events.minutes import Heads
from outproof.store.events.queries import Cut, Question
from outproof.store.events.reader import Reader

DAY = 24 * 60

_PRICED_BY = (Dimension.MODEL, Dimension.PROVIDER, Dimension.SERVICE_TIER)
_USED = frozenset(("calls", "input_sum", "cached_input_sum", "cache_write_sum", "output_sum"))
"""The counters that a price is computed from."""
_ANSWERS_AT_ONCE_MAX = 200_000
_MICROS = {"ttft": "ttft_us", "duration": "duration_us"}


class Histories:
    """`ports.Histories` of one project. `rates` are the cards that price it now."""

    def __init__(self, client: Client, project: ProjectId, rates: Callable[[], RateBook]) -> None:
        self._reader = Reader(client, project, rates)

    def open(self, policy: Policy, span: Span) -> Reading:
        """
        Raises:
            Permanent: the policy cannot be tried on stored answers, or the range is too long.
        """
        if span.end - span.start > DAYS_MAX * DAY * MINUTE_NS:
            came = duration_text(seconds_between(span.start, span.end))
            raise Permanent(f"expected a history of at most {DAYS_MAX} d, got {came}: name a later start")
        return Reading(self._reader, policy, span)


class Reading:
    """The history of one policy, while it is read."""

    def __init__(self, reader: Reader, policy: Policy, span: Span) -> None:
        self._reader = reader
        self._policy = policy
        self._where = dict(policy.over)
        self._keys = () if policy.by is None else (policy.by,)
        self._wanted = frozenset[str]().union(*(ask.measures for ask in policy.asks))
        self._is_priced = wants_cost(self._wanted)
        self._first, self._last = minute_of(span.start) - reach_minutes(policy), minute_of(span.end)
        self._read_to = self._first
        counters = counters_of(self._wanted) | (_USED if self._is_priced else frozenset())
        self._rows = HistoryRows(tuple(sorted(counters)), policy.by, reader.rates())

    @property
    def history(self) -> History:
        """What was read so far."""
        return self._rows.history

    def read(self) -> float:
        """Read one more day. Returns how much is read: 1.0 when all is.

        Raises:
            Transient: the event store did not answer; the same call goes on.
            Permanent: there is more of it than can be held at once.
        """
        minutes = Minutes(self._read_to, min(self._read_to + DAY, self._last))
        start, end = minute_start(minutes.first), minute_start(minutes.last)
        known = self._reader.heads(start, end)
        self._rows.began(minutes.first, known.frozen)
        self._read_minutes(start, end, known)
        self._read_late(start, end)
        if self._policy.kind is PolicyKind.INVARIANT:
            self._read_breaches(minutes)
        self._rows.ended()
        self._read_to = minutes.last
        return (minutes.last - self._first) / (self._last - self._first)

    def _read_minutes(self, start: Instant, end: Instant, known: Heads) -> None:
        """What happened in each minute, whenever it came."""
        keys = tuple(dict.fromkeys((*self._keys, *_PRICED_BY))) if self._is_priced else self._keys
        plan = self._reader.plan(self._where, keys, start, end, known)
        asked = Question(plan.cover, self._where, keys, by=Cut.STEP, priced=self._is_priced)
        for table in self._reader.tables(plan, asked, start, end, counters=self._rows.counters, step=MINUTE_NS):
            self._rows.add_counts(table)
        if not wants_times(self._wanted):
            return
        asked = replace(asked, keys=self._keys, priced=False)
        bound = {**queries.parameters(asked), "through": plan.through, "step": MINUTE_NS}
        if asked.cover.ranges or asked.cover.late:
            self._rows.add_values(self._arrow(queries.values(asked), start, end, **bound))
        if asked.cover.rolled:
            self._rows.add_bins(self._arrow(queries.sketches(asked), start, end, **bound))

    def _read_late(self, start: Instant, end: Instant) -> None:
        """What of it came late, and of how much that is not known."""
        bound = _bound(self._where)
        late = queries.late_counts(self._where, self._policy.by, self._rows.counters)
        self._rows.add_late(self._arrow(late, start, end, **bound), with_times=wants_times(self._wanted))
        self._rows.add_untimed(self._arrow(queries.untimed_counts(self._where), start, end, **bound))

    def _read_breaches(self, minutes: Minutes) -> None:
        """The answers that break an invariant, found as they are when they come."""
        names = {compare.name for compare in comparisons(self._policy.condition)}
        facts = sorted({_MICROS.get(name, name) for name in names} - {"service"})
        query = queries.judged_answers(self._where, ("service", "trace_id", *facts))
        everywhere = {key.value: value for key, value in self._where.items()}
        for part in self._rows.portions(minutes, _ANSWERS_AT_ONCE_MAX):
            table = self._arrow(query, minute_start(part.first), minute_start(part.last), **_bound(self._where))
            columns = {name: table[name].to_pylist() for name in table.column_names}
            columns |= {name: [value] * table.num_rows for name, value in everywhere.items()}
            broken = breaking(columns, self._policy)
            self._rows.add_breaches((columns["minute"][at], columns["came"][at]) for at in broken)

    def _arrow(self, query: str, start: Instant, end: Instant, **bound: Any) -> pa.Table:
        return self._reader.client.arrow(query, project=self._reader.project, start=start, end=end, **bound)


def _bound(where: Where) -> dict[str, str]:
    return {f"is_{key.value}": value for key, value in where.items() if value is not None}
