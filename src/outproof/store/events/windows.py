"""Windows of one project, read from the event store: minutes that are rolled up, and answers for what is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from outproof.contract.evidence import Exemplar
from outproof.core.ids import ProjectId
from outproof.core.time import NANOS_PER_S, Instant, after
from outproof.decide.fault import Fault
from outproof.decide.invariant import exemplar, picked
from outproof.decide.policy import ExemplarRule
from outproof.decide.question import Ask, Looks, Scope, Span
from outproof.measure.attribution import Cause, Changes, changes
from outproof.measure.cost import Cost, priced
from outproof.measure.dimension import Dimension, Where
from outproof.measure.minutes import MINUTE_NS
from outproof.measure.percentiles import EXACT_VALUES_MAX
from outproof.measure.rate_book import RateBook
from outproof.measure.tally import Counted, Tally
from outproof.measure.window import Beside, Point, Window, quantiles, window
from outproof.store.events import queries
from outproof.store.events.client import Client
from outproof.store.events.counters import COUNTERS
from outproof.store.events.distributions import Distributions
from outproof.store.events.faults import Faults
from outproof.store.events.looks import Looker
from outproof.store.events.queries import Cut, Question
from outproof.store.events.reader import Plan, Reader, Row

GROUPS_MAX = 100

_PRICED_BY = (Dimension.MODEL, Dimension.PROVIDER, Dimension.SERVICE_TIER)
_KEPT_APART = (*_PRICED_BY, Dimension.FIRST_FAILED_STAGE)
_WHOLE = 0
"""The one part of a window that is not cut."""
_NOTHING = Tally([])


@dataclass(frozen=True, slots=True)
class Groups:
    """A window cut by a dimension, the busiest first. None as a value: what does not say. `left_out` are not shown."""

    windows: Sequence[tuple[str | None, Window]]
    left_out: int


class Windows:
    """What traffic did, by event time. `rates` are the cards that price it now."""

    def __init__(
        self,
        client: Client,
        project: ProjectId,
        rates: Callable[[], RateBook],
        *,
        exact_values_max: int = EXACT_VALUES_MAX,
    ) -> None:
        self._client = client
        self._project = project
        self._rates = rates
        self._reader = Reader(client, project, rates, exact_values_max=exact_values_max)
        self._looker = Looker(self._reader)
        self._faults = Faults(client, project)

    def window(self, where: Where, start: Instant, end: Instant) -> Window:
        """The window [start, end) of the traffic with these facts; an empty one where nothing is known of it.

        Raises:
            Transient: the event store did not answer.
        """
        plan = self._reader.plan(where, _KEPT_APART, start, end)
        (found,) = self._read(
            plan, Question(plan.cover, where, _KEPT_APART, priced=True), start, end, [_WHOLE]
        ).values()
        return found

    def groups(self, by: Dimension, where: Where, start: Instant, end: Instant) -> Groups:
        """The window cut by a dimension, at most `GROUPS_MAX` of them.

        Raises:
            Transient: the event store did not answer.
        """
        busiest = self._busiest(by, where, start, end)
        shown = busiest[:GROUPS_MAX]
        plan = self._reader.plan(where, (by, *_KEPT_APART), start, end)
        asked = Question(plan.cover, where, _KEPT_APART, by=by, among=tuple(shown), priced=True)
        found = self._read(plan, asked, start, end, shown) if shown else {}
        return Groups([(name or None, each) for name, each in found.items()], len(busiest) - len(shown))

    def look(self, asks: Collection[Ask], at: Instant) -> Looks:
        """What policies ask for, each window once.

        Raises:
            Transient: the event store did not answer.
        """
        return self._looker.look(asks, at)

    def exemplars(
        self, where: Scope, span: Span, rule: ExemplarRule, fault: Fault | None, cause: Cause | None
    ) -> Sequence[Exemplar]:
        """Answers of a window that show a breach, priced: bad ones, of what explains most of it, each another way."""
        rows = self._faults.shown(where, span, rule.order, fault, cause)
        columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
        columns["started_at"] = columns.pop("at", [])
        candidates = [exemplar(columns, position) for position in range(len(rows))]
        rates = self._rates()
        return [priced(shown, rates) for shown in picked(candidates, rule)]

    def changes(self, where: Scope, span: Span, before: Span, fault: Fault) -> Changes:
        """What explains that more answers of a window are bad than of the one before it.

        Raises:
            Transient: the event store did not answer.
        """
        now, whole = self._faults.by_value(where, span, fault)
        was, whole_before = self._faults.by_value(where, before, fault)
        return changes(now, was, whole, whole_before)

    def templates(self, where: Where, start: Instant, end: Instant) -> list[Row]:
        """Answers and unsafe answers by prompt template: `template_id`, `answers`, `unsafe`; the worst first."""
        plan = self._reader.plan(where, (Dimension.TEMPLATE,), start, end)
        asked = Question(plan.cover, where, by=Dimension.TEMPLATE)
        rows = self._reader.counts(plan, asked, start, end, counters=("answers", "unsafe"))
        found: list[Row] = [
            {"template_id": name or None, "answers": each.total("answers"), "unsafe": each.total("unsafe")}
            for name, each in _by(rows, "part").items()
            if each.total("answers")
        ]
        found.sort(key=lambda row: (-row["unsafe"], -row["answers"], row["template_id"] or ""))
        return found[:GROUPS_MAX]

    def series(self, where: Where, start: Instant, end: Instant, step_s: int) -> list[Point]:
        """The course of a window in steps; a step without rows has no data.

        Steps of whole minutes that begin on one are read from roll-ups.
        """
        step = step_s * NANOS_PER_S
        is_even = start % MINUTE_NS == 0 and step % MINUTE_NS == 0
        plan = self._reader.plan(where, _PRICED_BY, start, end) if is_even else self._reader.unrolled(start, end)
        asked = Question(plan.cover, where, _PRICED_BY, by=Cut.STEP, priced=True)
        rows = _apart(self._reader.counts(plan, asked, start, end, step=step), "part")
        tallies = {number: _tally(own) for number, own in rows.items()}
        found = self._reader.distributions(plan, replace(asked, keys=(), priced=False), tallies, start, end, step=step)
        return [
            _point(after(start, n * step_s), tallies.get(n), found.get(n), self._reader.cost(rows.get(n, [])))
            for n in range((end - start + step - 1) // step)
        ]

    def services(self, since: Instant) -> list[Row]:
        """Services seen since an instant: `name`, `last_seen_at`, `answers`, `calls`."""
        return self._client.rows(queries.SERVICES, project=self._project, since=since)

    def total_spans(self) -> int:
        """How many spans the project has in the store."""
        (row,) = self._client.rows(queries.TOTALS, project=self._project)
        return int(row["spans"])

    def _read(
        self, plan: Plan, asked: Question, start: Instant, end: Instant, parts: Sequence[Any]
    ) -> dict[Any, Window]:
        """The windows of these parts, in their order."""
        rows = _apart(self._reader.counts(plan, asked, start, end), "part")
        tallies = {part: _tally(own) for part, own in rows.items()}
        times = self._reader.distributions(plan, replace(asked, keys=(), priced=False), tallies, start, end)
        reasons = self._quarantined(asked, start, end)
        windows = {}
        for part in parts:
            own, found = rows.get(part, []), times.get(part, Distributions())
            beside = Beside(
                failure_stages=_stages(own),
                quarantined=reasons.get(part, {}),
                ttft=found.ttft,
                duration=found.duration,
                cost=self._reader.cost(own),
            )
            where = {**asked.where, asked.by: part or None} if isinstance(asked.by, Dimension) else asked.where
            windows[part] = window(start, end, where, tallies.get(part, _NOTHING), beside, plan.settling)
        return windows

    def _busiest(self, by: Dimension, where: Where, start: Instant, end: Instant) -> list[str]:
        plan = self._reader.plan(where, (by,), start, end)
        rows = self._reader.counts(plan, Question(plan.cover, where, by=by), start, end, counters=("requests",))
        sizes = {name: each.total("requests") for name, each in _by(rows, "part").items()}
        return sorted((name for name, size in sizes.items() if size), key=lambda name: (-sizes[name], name))

    def _quarantined(self, asked: Question, start: Instant, end: Instant) -> dict[Any, dict[str, int]]:
        bound = {name: value for name, value in queries.parameters(asked).items() if name[:3] in ("is_", "amo")}
        rows = self._reader.ask(queries.set_aside_by_service(asked.where), start, end, **bound)
        if rows and (asked.by is not None or any(key is not Dimension.SERVICE for key in asked.where)):
            rows = self._reader.ask(queries.set_aside_by_part(asked), start, end, **bound)
        reasons: dict[Any, dict[str, int]] = defaultdict(dict)
        for row in rows:
            reasons[row["part"]][row["reason"]] = row["spans"]
        return reasons


def _tally(rows: Iterable[Row]) -> Tally:
    """Rows of a window, added up by how they were sampled."""
    sums: dict[tuple[int, str | None], dict[str, int]] = {}
    for row in rows:
        own = sums.setdefault((row["ppm"], row["policy"]), {})
        for name in COUNTERS.keys() & row.keys():
            own[name] = own.get(name, 0) + row[name]
    return Tally([Counted(counts, ppm, policy) for (ppm, policy), counts in sums.items()])


def _by(rows: Iterable[Row], key: str) -> dict[Any, Tally]:
    """The tallies of a key's values."""
    return {name: _tally(own) for name, own in _apart(rows, key).items()}


def _apart(rows: Iterable[Row], key: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _stages(rows: Iterable[Row]) -> dict[str, int]:
    """Answers by the first stage that failed, the most frequent first."""
    counts = {
        stage: each.total("answers")
        for stage, each in _by(rows, Dimension.FIRST_FAILED_STAGE.value).items()
        if stage is not None and each.total("answers")
    }
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _point(start: Instant, tally: Tally | None, found: Distributions | None, spent: Cost) -> Point:
    if tally is None:
        return Point(start=start, answers=0, calls=0, unsafe=None, abstentions=None, ttft_p95_s=None, cost=spent)
    return Point(
        start=start,
        answers=tally.total("answers"),
        calls=tally.total("calls"),
        unsafe=tally.known_total("unsafe", "unsafe_known"),
        abstentions=tally.known_total("abstentions", "routed"),
        ttft_p95_s=quantiles(tally, "ttft", found.ttft if found else None).p95_s,
        cost=spent,
    )
