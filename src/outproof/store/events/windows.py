"""Windows of one project, read from the event store."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from outproof.contract.evidence import Exemplar
from outproof.core.ids import ProjectId
from outproof.core.time import NANOS_PER_S, Instant, after
from outproof.decide.alert import Measured
from outproof.decide.invariant import exemplar, picked
from outproof.decide.policy import ExemplarOrder, ExemplarRule
from outproof.measure.rate_card import RateCard, Usage, cost, priced
from outproof.measure.window import MICROS_PER_S, Point, Quantiles, Share, Throughput, Window
from outproof.store.events import queries
from outproof.store.events.client import Client

Row = dict[str, Any]

_CANDIDATES_MAX = 200
"""Of these, the first that an exemplar rule accepts are shown."""


class Windows:
    """What services did, by event time. `card` is what prices it now; None leaves the cost unknown."""

    def __init__(self, client: Client, project: ProjectId, card: Callable[[], RateCard | None]) -> None:
        self._client = client
        self._project = project
        self._card = card

    def window(self, service: str, start: Instant, end: Instant) -> Window:
        """The window [start, end) of a service, or of all with `""`; an empty one where nothing is known of it.

        Raises:
            Transient: the event store did not answer.
        """
        (counts,) = self._ask(queries.WINDOW, service, start, end)
        return _window(
            (service, start, end),
            counts,
            stages={row["stage"]: row["answers"] for row in self._ask(queries.STAGES, service, start, end)},
            quarantined={row["reason"]: row["spans"] for row in self._ask(queries.QUARANTINED, service, start, end)},
            usages=[_usage(row) for row in self._ask(queries.USAGE, service, start, end)],
            card=self._card(),
        )

    def measured(self, service: str | None, start: Instant, end: Instant) -> Measured:
        """The measures of a window of one service, or of all."""
        return self.window(service or "", start, end).measures

    def exemplars(self, service: str | None, start: Instant, end: Instant, rule: ExemplarRule) -> Sequence[Exemplar]:
        """Answers of a window that show a breach, priced; at most what the rule asks for."""
        query = queries.OLDEST if rule.order is ExemplarOrder.OLDEST else queries.NEWEST
        rows = self._ask(query, service or "", start, end, limit=_CANDIDATES_MAX)
        columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
        columns["started_at"] = columns.pop("at", [])
        candidates = [exemplar(columns, position) for position in range(len(rows))]
        card = self._card()
        return [priced(shown, card) for shown in picked(candidates, rule)]

    def templates(self, service: str, start: Instant, end: Instant) -> list[Row]:
        """Answers and unsafe answers by prompt template: `template_id`, `answers`, `unsafe`; the worst first."""
        return self._ask(queries.TEMPLATES, service, start, end)

    def series(self, service: str, start: Instant, end: Instant, step_s: int) -> list[Point]:
        """The course of a window in steps; a step without rows has no data."""
        step = step_s * NANOS_PER_S
        counts = {row["step"]: row for row in self._ask(queries.SERIES, service, start, end, step=step)}
        usages: dict[int, list[Usage]] = defaultdict(list)
        for row in self._ask(queries.SERIES_USAGE, service, start, end, step=step):
            usages[row["step"]].append(_usage(row))
        steps = range((end - start + step - 1) // step)
        card = self._card()
        return [_point(after(start, n * step_s), counts.get(n), usages[n], card) for n in steps]

    def services(self, since: Instant) -> list[Row]:
        """Services seen since an instant: `name`, `last_seen_at`, `answers`, `calls`."""
        return self._client.rows(queries.SERVICES, project=self._project, since=since)

    def set_aside(self, limit: int) -> list[Row]:
        """The newest facts set aside: `at`, `service`, `reason`, `trace_id`, `span_id`, `facts` (numbers by name)."""
        rows = self._client.rows(queries.SET_ASIDE, project=self._project, limit=limit)
        return [{**row, "facts": json.loads(row["facts"])} for row in rows]

    def total_spans(self) -> int:
        """How many spans the project has in the store."""
        (row,) = self._client.rows(queries.TOTALS, project=self._project)
        return int(row["spans"])

    def _ask(self, query: str, service: str, start: Instant, end: Instant, **more: int) -> list[Row]:
        return self._client.rows(query, project=self._project, service=service, start=start, end=end, **more)


def _window(
    where: tuple[str, Instant, Instant],
    counts: Row,
    *,
    stages: dict[str, int],
    quarantined: dict[str, int],
    usages: Sequence[Usage],
    card: RateCard | None,
) -> Window:
    service, start, end = where
    answers = counts["answers"]
    return Window(
        service=service,
        start=start,
        end=end,
        answers=answers,
        calls=counts["calls"],
        unsafe=Share(counts["unsafe"], counts["unsafe_known"]),
        safe_route=Share(counts["safe_route"], counts["decided"]),
        abstention=Share(counts["abstentions"], counts["routed"]),
        unverified=Share(answers - counts["decided"], answers),
        errors=Share(counts["failures"], counts["requests"]),
        failure_stages=stages,
        ttft=_quantiles(counts, "ttft"),
        duration=_quantiles(counts, "duration"),
        throughput=Throughput(
            tokens=counts["paced_tokens"] or 0,
            micros=counts["paced_us"] or 0,
            n=counts["paced_calls"],
            undefined=counts["unpaced_calls"],
        ),
        input_tokens=counts["input_tokens"],
        cached_input_tokens=counts["cached_input_tokens"],
        output_tokens=counts["output_tokens_sum"],
        cost=cost(usages, card),
        quarantined=quarantined,
    )


def _quantiles(counts: Row, name: str) -> Quantiles:
    known = counts[f"{name}_known"]
    return Quantiles(
        p50_s=counts[f"{name}_p50_us"] / MICROS_PER_S if known else None,
        p95_s=counts[f"{name}_p95_us"] / MICROS_PER_S if known else None,
        n=known,
        unknown=counts[f"{name}_unknown"],
    )


def _usage(row: Row) -> Usage:
    return Usage(
        model=row["priced_model"],
        calls=row["calls"],
        input_tokens=row["input_sum"],
        cached_input_tokens=row["cached_sum"],
        cache_write_tokens=row["written_sum"],
        output_tokens=row["output_sum"],
        calls_without_usage=row["calls_without_usage"],
    )


def _point(start: Instant, counts: Row | None, usages: Sequence[Usage], card: RateCard | None) -> Point:
    if counts is None:
        return Point(
            start=start, answers=0, calls=0, unsafe=None, abstentions=None, ttft_p95_s=None, cost=cost((), card)
        )
    return Point(
        start=start,
        answers=counts["answers"],
        calls=counts["calls"],
        unsafe=counts["unsafe"] if counts["unsafe_known"] else None,
        abstentions=counts["abstentions"] if counts["routed"] else None,
        ttft_p95_s=_quantiles(counts, "ttft").p95_s,
        cost=cost(usages, card),
    )
