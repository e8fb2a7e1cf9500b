"""Spans and traces of one project, read from the event store; each of them priced as it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.measure.condition import COST, Comparison, Condition
from outproof.measure.cost import Cost, Usage, cost
from outproof.measure.rate_book import RateBook
from outproof.store.events import trace_queries as queries
from outproof.store.events.client import Client
from outproof.store.events.trace_queries import Show

TRACE_SPANS_MAX = 10_000
VALUES_MAX = 50
SCANNED_MAX = 5_000
"""Prices are not stored: so many spans are priced for one page of those that cost so much."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last span that was seen; what comes after it is older."""

    at: int
    span_id: int
    trace_id: str

    @property
    def text(self) -> str:
        return f"{self.at}-{self.span_id:016x}-{self.trace_id}"


def cursor(text: str) -> Cursor:
    """The cursor a text names.

    Raises:
        ValueError: it is none of ours.
    """
    at, span_id, trace_id = [*text.split("-"), "", "", ""][:3]
    if not at.isdecimal() or len(at) > 19 or len(span_id) != 16 or len(trace_id) != 32:
        raise ValueError(f"expected `after` to be the `next` of the page before, got {text[:80]!r}")
    return Cursor(int(at), int(span_id, 16), bytes.fromhex(trace_id).hex())


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of spans, the newest first. `next` None: there are no older ones."""

    rows: Sequence[tuple[Row, Cost]]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Trace:
    """The spans of a trace in the order of their starts, with why facts of some were set aside, by span."""

    rows: Sequence[tuple[Row, Cost]]
    left_out: int
    set_aside: dict[int, list[tuple[str, dict[str, int]]]]


class Traces:
    """What single spans say. Rows have `COLUMNS` with `trace` as hex and `at` as nanoseconds."""

    def __init__(
        self,
        client: Client,
        project: ProjectId,
        rates: Callable[[], RateBook],
        *,
        trace_spans_max: int = TRACE_SPANS_MAX,
        scanned_max: int = SCANNED_MAX,
    ) -> None:
        self._client = client
        self._project = project
        self._rates = rates
        self._trace_spans_max = trace_spans_max
        self._scanned_max = scanned_max

    def spans(
        self,
        show: Show,
        conditions: Sequence[Condition],
        start: Instant,
        end: Instant,
        *,
        after: Cursor | None,
        limit: int,
    ) -> Listed:
        """The newest spans of [start, end) that meet the conditions. A page by cost may be short and not the last.

        Raises:
            Transient: the event store did not answer.
        """
        by_cost = [each for each in conditions if each.fact == COST]
        wanted = self._scanned_max if by_cost else limit
        end = end if after is None else min(end, Instant(after.at + 1))
        seen = {} if after is None else {"before": after.at, "span": after.span_id, "trace": after.trace_id}
        query = queries.listed(show, conditions, after=after is not None)
        rows = self._ask(query, start, end, limit=wanted + 1, **seen, **queries.parameters(conditions))
        found: list[tuple[Row, Cost]] = []
        last: Row | None = None
        for row in rows[:wanted]:
            if len(found) == limit:
                break
            last, price = row, self._cost(row)
            if all(_costs(price, each) for each in by_cost):
                found.append((row, price))
        is_more = last is not None and last is not rows[-1]
        return Listed(found, Cursor(last["at"], last["span_id"], last["trace"]) if last and is_more else None)

    def count(
        self, show: Show, conditions: Sequence[Condition], start: Instant, end: Instant
    ) -> tuple[int, int] | None:
        """How many spans meet the conditions, and of how many traces. None: by cost, which is not counted."""
        if any(each.fact == COST for each in conditions):
            return None
        (row,) = self._ask(queries.counted(show, conditions), start, end, **queries.parameters(conditions))
        return row["spans"], row["traces"]

    def values(
        self, fact: str, show: Show, conditions: Sequence[Condition], start: Instant, end: Instant, *, contains: str
    ) -> Sequence[tuple[str | None, int]]:
        """The values of a fact with how many spans have each, at most `VALUES_MAX`. None: does not say."""
        bound = queries.parameters(conditions)
        query = queries.values(fact, show, conditions)
        rows = self._ask(query, start, end, contains=contains, limit=VALUES_MAX, **bound)
        return [(row["value"], row["spans"]) for row in rows]

    def trace(self, trace_id: str, start: Instant, end: Instant) -> Trace:
        """The spans of a trace that began in [start, end); the first `TRACE_SPANS_MAX` of them."""
        rows = self._ask(queries.TRACE, start, end, trace=trace_id, limit=self._trace_spans_max)
        left_out = 0
        if len(rows) == self._trace_spans_max:
            (size,) = self._ask(queries.TRACE_SIZE, start, end, trace=trace_id)
            left_out = size["spans"] - len(rows)
        aside: dict[int, list[tuple[str, dict[str, int]]]] = {}
        for row in self._ask(queries.TRACE_ASIDE, start, end, trace=trace_id) if rows else ():
            aside.setdefault(row["span_id"], []).append((row["reason"], json.loads(row["facts"])))
        return Trace([(row, self._cost(row)) for row in rows], left_out, aside)

    def set_aside_reasons(self, start: Instant, end: Instant) -> Sequence[Row]:
        """Why facts were set aside: `reason`, `spans`, `first_at`, `last_at`, `services`; the most frequent first."""
        return self._ask(queries.ASIDE_REASONS, start, end)

    def set_aside(
        self, start: Instant, end: Instant, *, reason: str, service: str, after: tuple[int, int, str], limit: int
    ) -> Sequence[Row]:
        """Facts that were set aside, the newest first: `at`, `service`, `reason`, `trace`, `span_id`, `facts`.

        `after` is the time, the span and the reason of the last that was seen.
        """
        before, span, last = after
        bound = {"reason": reason, "service": service, "before": before, "span": span, "last": last, "limit": limit}
        return [{**row, "facts": json.loads(row["facts"])} for row in self._ask(queries.ASIDE, start, end, **bound)]

    def _cost(self, row: Row) -> Cost:
        """What a call costs. A span that is no call costs nothing of its own: nothing is known of it, not zero."""
        usage = Usage(
            model=row["model"] or row["model_request"],
            calls=1,
            input_tokens=row["input_tokens"],
            cached_input_tokens=row["cached_input_tokens"],
            cache_write_tokens=row["cache_write_tokens"],
            output_tokens=row["output_tokens"],
            provider=row["provider"],
            tier=row["service_tier"],
            at=Instant(row["at"]),
        )
        return cost([usage], self._rates()) if row["is_call"] else Cost(None, ())

    def _ask(self, query: str, start: Instant, end: Instant, **more: Any) -> list[Row]:
        return self._client.rows(query, project=self._project, start=start, end=end, **more)


def _costs(price: Cost, each: Condition) -> bool:
    """Whether the price of a span is as the condition says."""
    if not isinstance(each.value, int):
        return (price.nano_usd is None) != (each.comparison is Comparison.IS_NOT)
    if price.nano_usd is None:
        return False
    return price.nano_usd >= each.value if each.comparison is Comparison.AT_LEAST else price.nano_usd <= each.value
