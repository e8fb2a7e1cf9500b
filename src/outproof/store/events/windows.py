"""Windows of one project, read from the event store: minutes that are rolled up, and answers for what is not."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from outproof.contract.evidence import Exemplar
from outproof.core.ids import ProjectId
from outproof.core.time import NANOS_PER_S, Instant, after
from outproof.decide.alert import Measured
from outproof.decide.invariant import exemplar, picked
from outproof.decide.policy import ExemplarOrder, ExemplarRule
from outproof.measure.cost import Cost, Usage, cost, priced
from outproof.measure.dimension import Dimension, Where
from outproof.measure.minutes import MINUTE_NS, Cover, Minutes, cover, minute_of
from outproof.measure.percentiles import EXACT_VALUES_MAX
from outproof.measure.rate_book import RateBook
from outproof.measure.tally import Counted, Tally
from outproof.measure.window import Beside, Point, Settling, Window, quantiles, window
from outproof.store.events import queries
from outproof.store.events.client import Client
from outproof.store.events.counters import CONTEXTS, COUNTERS
from outproof.store.events.distributions import Distributions, distributions
from outproof.store.events.minutes import heads
from outproof.store.events.queries import Cut, Question

Row = dict[str, Any]

_CANDIDATES_MAX = 200
"""Of these, the first that an exemplar rule accepts are shown."""
GROUPS_MAX = 100

_PRICED_BY = (Dimension.MODEL, Dimension.PROVIDER, Dimension.SERVICE_TIER)
_KEPT_APART = (*_PRICED_BY, Dimension.FIRST_FAILED_STAGE)
_WHOLE = 0
"""The one part of a window that is not cut."""
_NOTHING = Tally([])
_NO_INPUT, _NO_OUTPUT = 1, 2


@dataclass(frozen=True, slots=True)
class Groups:
    """A window cut by a dimension, the busiest first. None as a value: what does not say. `left_out` are not shown."""

    windows: Sequence[tuple[str | None, Window]]
    left_out: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a window is read, and how final it is."""

    cover: Cover
    through: int
    settling: Settling
    is_frozen: bool = False
    """Whether answers of rolled up minutes are gone: then their sketches are all there is of their times."""


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
        self._exact_values_max = exact_values_max

    def window(self, where: Where, start: Instant, end: Instant) -> Window:
        """The window [start, end) of the traffic with these facts; an empty one where nothing is known of it.

        Raises:
            Transient: the event store did not answer.
        """
        plan = self._plan(where, _KEPT_APART, start, end)
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
        plan = self._plan(where, (by, *_KEPT_APART), start, end)
        asked = Question(plan.cover, where, _KEPT_APART, by=by, among=tuple(shown), priced=True)
        found = self._read(plan, asked, start, end, shown) if shown else {}
        return Groups([(name or None, each) for name, each in found.items()], len(busiest) - len(shown))

    def measured(self, service: str | None, start: Instant, end: Instant) -> Measured:
        """The measures of a window of one service, or of all."""
        return self.window({Dimension.SERVICE: service} if service else {}, start, end).measures

    def exemplars(self, service: str | None, start: Instant, end: Instant, rule: ExemplarRule) -> Sequence[Exemplar]:
        """Answers of a window that show a breach, priced; at most what the rule asks for."""
        query = queries.OLDEST if rule.order is ExemplarOrder.OLDEST else queries.NEWEST
        rows = self._ask(query, start, end, service=service or "", limit=_CANDIDATES_MAX)
        columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
        columns["started_at"] = columns.pop("at", [])
        candidates = [exemplar(columns, position) for position in range(len(rows))]
        rates = self._rates()
        return [priced(shown, rates) for shown in picked(candidates, rule)]

    def templates(self, where: Where, start: Instant, end: Instant) -> list[Row]:
        """Answers and unsafe answers by prompt template: `template_id`, `answers`, `unsafe`; the worst first."""
        plan = self._plan(where, (Dimension.TEMPLATE,), start, end)
        asked = Question(plan.cover, where, by=Dimension.TEMPLATE)
        rows = self._counts(plan, asked, start, end, counters=("answers", "unsafe"))
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
        plan = self._plan(where, _PRICED_BY, start, end) if is_even else self._unrolled(start, end)
        asked = Question(plan.cover, where, _PRICED_BY, by=Cut.STEP, priced=True)
        rows = _apart(self._counts(plan, asked, start, end, step=step), "part")
        tallies = {number: _tally(own) for number, own in rows.items()}
        found = self._distributions(plan, replace(asked, keys=(), priced=False), tallies, start, end, step=step)
        return [
            _point(after(start, n * step_s), tallies.get(n), found.get(n), self._cost(rows.get(n, [])))
            for n in range((end - start + step - 1) // step)
        ]

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

    def _read(
        self, plan: _Plan, asked: Question, start: Instant, end: Instant, parts: Sequence[Any]
    ) -> dict[Any, Window]:
        """The windows of these parts, in their order."""
        rows = _apart(self._counts(plan, asked, start, end), "part")
        tallies = {part: _tally(own) for part, own in rows.items()}
        times = self._distributions(plan, replace(asked, keys=(), priced=False), tallies, start, end)
        reasons = self._quarantined(asked, start, end)
        windows = {}
        for part in parts:
            own, found = rows.get(part, []), times.get(part, Distributions())
            beside = Beside(
                failure_stages=_stages(own),
                quarantined=reasons.get(part, {}),
                ttft=found.ttft,
                duration=found.duration,
                cost=self._cost(own),
            )
            where = {**asked.where, asked.by: part or None} if isinstance(asked.by, Dimension) else asked.where
            windows[part] = window(start, end, where, tallies.get(part, _NOTHING), beside, plan.settling)
        return windows

    def _busiest(self, by: Dimension, where: Where, start: Instant, end: Instant) -> list[str]:
        plan = self._plan(where, (by,), start, end)
        rows = self._counts(plan, Question(plan.cover, where, by=by), start, end, counters=("requests",))
        sizes = {name: each.total("requests") for name, each in _by(rows, "part").items()}
        return sorted((name for name, size in sizes.items() if size), key=lambda name: (-sizes[name], name))

    def _quarantined(self, asked: Question, start: Instant, end: Instant) -> dict[Any, dict[str, int]]:
        bound = {name: value for name, value in queries.parameters(asked).items() if name[:3] in ("is_", "amo")}
        rows = self._ask(queries.set_aside_by_service(asked.where), start, end, **bound)
        if rows and (asked.by is not None or any(key is not Dimension.SERVICE for key in asked.where)):
            rows = self._ask(queries.set_aside_by_part(asked), start, end, **bound)
        reasons: dict[Any, dict[str, int]] = defaultdict(dict)
        for row in rows:
            reasons[row["part"]][row["reason"]] = row["spans"]
        return reasons

    def _plan(self, where: Where, keys: Sequence[Dimension], start: Instant, end: Instant) -> _Plan:
        minutes = Minutes(minute_of(start), minute_of(end) + 1)
        known = heads(self._client, self._project, minutes)
        settling = Settling(until=self._client.remembered.settled, revision=known.revision, late_spans=known.late_spans)
        is_rolled = queries.can_roll(where, keys) and _contexts(self._rates()) == list(CONTEXTS)
        if not is_rolled:
            return _Plan(cover(start, end, ()), known.through, settling)
        planned = cover(start, end, known.sealed)
        late = tuple((minute, through) for minute, through in known.late if _is_rolled(planned, minute))
        return _Plan(replace(planned, late=late), known.through, settling, bool(known.frozen))

    def _unrolled(self, start: Instant, end: Instant) -> _Plan:
        return _Plan(cover(start, end, ()), 0, Settling(until=self._client.remembered.settled))

    def _counts(
        self,
        plan: _Plan,
        asked: Question,
        start: Instant,
        end: Instant,
        *,
        counters: Sequence[str] = tuple(COUNTERS),
        **more: int,
    ) -> list[Row]:
        bound = queries.parameters(asked)
        if asked.priced:
            rates = self._rates()
            bound |= {"eras": list(rates.starts), "contexts": _contexts(rates)}
        bound |= {"through": plan.through, **more}
        rows: list[Row] = []
        for statement in queries.counts(asked, counters):
            rows += self._ask(statement, start, end, **bound)
        return rows

    def _distributions(
        self, plan: _Plan, asked: Question, tallies: Mapping[Any, Tally], start: Instant, end: Instant, **more: int
    ) -> dict[Any, Distributions]:
        """How the times of each part lie: exactly while all values are few, else from the sketches of minutes."""
        known = sum(max(each.kept("ttft_known"), each.kept("duration_known")) for each in tallies.values())
        if not known:
            return {}
        is_exact = asked.cover.rolled is None or (known <= self._exact_values_max and not plan.is_frozen)
        rolled: Sequence[Row] = ()
        if is_exact:
            asked = replace(asked, cover=Cover(ranges=((start, end),)))
        else:
            bound = queries.parameters(asked)
            rolled = self._ask(queries.sketches(asked), start, end, through=plan.through, **bound, **more)
        bound = {"project": self._project, "start": start, "end": end, **queries.parameters(asked), **more}
        return distributions(self._client.arrow(queries.values(asked), **bound), rolled, is_exact=is_exact)

    def _cost(self, rows: Iterable[Row]) -> Cost:
        rates = self._rates()
        return cost((_usage(row, rates) for row in rows if row["calls"]), rates)

    def _ask(self, query: str, start: Instant, end: Instant, **more: Any) -> list[Row]:
        return self._client.rows(query, project=self._project, start=start, end=end, **more)


def _is_rolled(planned: Cover, minute: int) -> bool:
    rolled = planned.rolled
    return rolled is not None and rolled.first <= minute < rolled.last and minute not in planned.left_out


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


def _usage(row: Row, rates: RateBook) -> Usage:
    """The usage of calls that are priced alike. A number that only some of them said is in none of their groups."""
    return Usage(
        model=row["model"],
        provider=row["provider"],
        tier=row["service_tier"],
        calls=row["calls"],
        input_tokens=None if row["unsaid"] & _NO_INPUT else row["input_sum"],
        cached_input_tokens=row["cached_input_sum"],
        cache_write_tokens=row["cache_write_sum"],
        output_tokens=None if row["unsaid"] & _NO_OUTPUT else row["output_sum"],
        at=rates.starts[row["era"] - 1] if row["era"] else Instant(0),
        context_tokens=row["context"],
        sampled_ppm=row["ppm"],
    )


def _contexts(rates: RateBook) -> list[int]:
    """Where prices change with the input. Roll-ups know the usual steps; a card with another one is counted anew."""
    steps = [limit + 1 for limit in rates.contexts]
    return list(CONTEXTS) if set(steps) <= set(CONTEXTS) else [0, *steps]


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
