"""Reads counts, times and costs of a window from where each minute is kept: a question in; tables and rows out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.measure.cost import Cost, Usage, cost
from outproof.measure.dimension import Dimension, Where
from outproof.measure.minutes import Cover, Minutes, cover, minute_of
from outproof.measure.percentiles import EXACT_VALUES_MAX
from outproof.measure.rate_book import RateBook
from outproof.measure.tally import Tally
from outproof.measure.window import Settling
from outproof.store.events import queries
from outproof.store.events.client import Client
from outproof.store.events.counters import CONTEXTS, COUNTERS
from outproof.store.events.distributions import Distributions, distributions
from outproof.store.events.minutes import Heads, heads
from outproof.store.events.queries import Question

Row = dict[str, Any]

_NO_INPUT, _NO_OUTPUT = 1, 2


@dataclass(frozen=True, slots=True)
class Plan:
    """How a window is read, and how final it is."""

    cover: Cover
    through: int
    settling: Settling
    is_frozen: bool = False
    """Whether answers of rolled up minutes are gone: then their sketches are all there is of their times."""


class Reader:
    """The event store of one project. `rates` are the cards that price it now."""

    def __init__(
        self,
        client: Client,
        project: ProjectId,
        rates: Callable[[], RateBook],
        *,
        exact_values_max: int = EXACT_VALUES_MAX,
    ) -> None:
        self.client = client
        self.project = project
        self.rates = rates
        self._exact_values_max = exact_values_max

    def heads(self, start: Instant, end: Instant) -> Heads:
        """What is known of the minutes that a window touches."""
        return heads(self.client, self.project, Minutes(minute_of(start), minute_of(end) + 1))

    def plan(
        self, where: Where, keys: Sequence[Dimension], start: Instant, end: Instant, known: Heads | None = None
    ) -> Plan:
        """How a window is read that is filtered and cut by these dimensions. `known`: its heads, if they are there."""
        known = self.heads(start, end) if known is None else known
        settled = self.client.remembered.settled
        settling = Settling(until=settled, revision=known.revision, late_spans=known.late_spans)
        is_rolled = queries.can_roll(where, keys) and contexts_of(self.rates()) == list(CONTEXTS)
        if not is_rolled:
            return Plan(cover(start, end, ()), known.through, settling)
        planned = cover(start, end, known.sealed)
        late = tuple((minute, through) for minute, through in known.late if _is_rolled(planned, minute))
        return Plan(replace(planned, late=late), known.through, settling, bool(known.frozen))

    def unrolled(self, start: Instant, end: Instant) -> Plan:
        """How a window is read from the answers alone."""
        return Plan(cover(start, end, ()), 0, Settling(until=self.client.remembered.settled))

    def tables(
        self,
        plan: Plan,
        asked: Question,
        start: Instant,
        end: Instant,
        *,
        counters: Sequence[str] = tuple(COUNTERS),
        **more: int,
    ) -> list[pa.Table]:
        """The counters of a window, by its keys and by how rows were sampled. Rows of the tables are to be added up."""
        bound = queries.parameters(asked)
        if asked.priced:
            rates = self.rates()
            bound |= {"eras": list(rates.starts), "contexts": contexts_of(rates)}
        bound |= {"project": self.project, "start": start, "end": end, "through": plan.through, **more}
        return [self.client.arrow(statement, **bound) for statement in queries.counts(asked, counters)]

    def counts(
        self,
        plan: Plan,
        asked: Question,
        start: Instant,
        end: Instant,
        *,
        counters: Sequence[str] = tuple(COUNTERS),
        **more: int,
    ) -> list[Row]:
        """The same, as rows."""
        tables = self.tables(plan, asked, start, end, counters=counters, **more)
        return [row for table in tables for row in table.to_pylist()]

    def distributions(
        self, plan: Plan, asked: Question, tallies: Mapping[Any, Tally], start: Instant, end: Instant, **more: int
    ) -> dict[Any, Distributions]:
        """How the times of each part lie: exactly while all values are few, else from the sketches of minutes.

        A part is told by `part`; where the question has keys, by the tuple of those instead.
        """
        known = sum(max(each.kept("ttft_known"), each.kept("duration_known")) for each in tallies.values())
        if not known:
            return {}
        is_exact = asked.cover.rolled is None or (known <= self._exact_values_max and not plan.is_frozen)
        rolled: Sequence[Row] = ()
        if is_exact:
            asked = replace(asked, cover=Cover(ranges=((start, end),)))
        else:
            bound = queries.parameters(asked)
            rolled = self.ask(queries.sketches(asked), start, end, through=plan.through, **bound, **more)
        bound = {"project": self.project, "start": start, "end": end, **queries.parameters(asked), **more}
        raw = self.client.arrow(queries.values(asked), **bound)
        return distributions(raw, rolled, is_exact=is_exact, keys=[key.value for key in asked.keys])

    def cost(self, rows: Iterable[Row]) -> Cost:
        """What the calls of these rows cost."""
        rates = self.rates()
        return cost((usage_of(row, rates) for row in rows if row["calls"]), rates)

    def ask(self, query: str, start: Instant, end: Instant, **more: Any) -> list[Row]:
        """The rows of a query about a window."""
        return self.client.rows(query, project=self.project, start=start, end=end, **more)


def _is_rolled(planned: Cover, minute: int) -> bool:
    rolled = planned.rolled
    return rolled is not None and rolled.first <= minute < rolled.last and minute not in planned.left_out


def usage_of(row: Row, rates: RateBook) -> Usage:
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


def contexts_of(rates: RateBook) -> list[int]:
    """Where prices change with the input. Roll-ups know the usual steps; a card with another one is counted anew."""
    steps = [limit + 1 for limit in rates.contexts]
    return list(CONTEXTS) if set(steps) <= set(CONTEXTS) else [0, *steps]
