"""What a policy would have seen: minutes of a long range in, the looks of any minute of it, then or now, out.

The measures are those that are taken live (`measure.measured`); only how their counts come about differs: here they are
slid from minute to minute. A look `then` sees what had come by then, a look `now` all that has come since. Neither says
that it is partial: live looks say so of a backlog of ours, and not of what nobody knew would still come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from outproof.core.errors import Permanent
from outproof.core.money import NanoUsd
from outproof.core.time import Instant, after, duration_text
from outproof.decide.evaluate import BREACHES
from outproof.decide.policy import Policy
from outproof.decide.question import Ask, Looks, Measured, Seen, Span
from outproof.measure.cost import Cost
from outproof.measure.estimates import CERTAIN_PPM
from outproof.measure.measured import Counts, measured
from outproof.measure.minutes import minute_of
from outproof.measure.percentiles import Distribution
from outproof.measure.sliding import Minutely, Reach, Sliding, SlidingTimes, Times, sketch
from outproof.measure.tally import Counted, Tally

COST, PRICED = "cost_nano_usd", "priced_calls"
"""Columns besides the counters, and besides the answers that broke an invariant: what calls cost among all traffic, and
how many have a price."""

MINUTE_S = 60.0
DAYS_MAX = 35
"""How long a history may be: a window of a week, four weeks of it."""


@dataclass(frozen=True, slots=True)
class Key:
    """Rows that are of one segment and were kept with one probability under one sampling policy."""

    segment: str | None
    ppm: int = CERTAIN_PPM
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Strand:
    """The minutes of one key: the columns of `History.names`, and how times lie, by name, where they are wanted."""

    rows: Minutely
    times: Mapping[str, Times] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that a policy looks at over a range. `known_ratio`: of how many requests it is known when they came."""

    names: tuple[str, ...]
    strands: Mapping[Key, Strand]
    known_ratio: float | None = None

    @property
    def first_minute(self) -> int | None:
        """The first minute in which anything is stored."""
        minutes = (each.rows.minute for each in self.strands.values())
        return min((int(own.min()) for own in minutes if len(own)), default=None)


def reach_minutes(policy: Policy) -> int:
    """How far back the windows of a policy go.

    Raises:
        Permanent: it looks at something else than answers, or not at whole minutes.
    """
    if not policy.asks or policy.promise is not None:
        raise Permanent(f"policy {policy.name} is judged on the runs of a promise: only policies on answers are tried")
    if odd := [ask for ask in policy.asks if ask.span_s % MINUTE_S or ask.back_s % MINUTE_S]:
        came = duration_text(odd[0].span_s)
        raise Permanent(f"policy {policy.name} looks at {came}: expected windows of whole minutes, which history keeps")
    return max(round((ask.span_s + ask.back_s) / MINUTE_S) for ask in policy.asks)


class Lookout:
    """Looks at a history, from minute to minute. Looks only move forward."""

    def __init__(self, history: History, asks: Sequence[Ask], *, then: bool) -> None:
        self._windows = [_Window(history, ask, then=then) for ask in asks]

    def looks(self, at: Instant) -> Looks:
        """What the policy sees at a whole minute."""
        return {window.ask: window.seen(at) for window in self._windows}


class _Window:
    """One window that slides, with its segments."""

    def __init__(self, history: History, ask: Ask, *, then: bool) -> None:
        self.ask = ask
        self._names = history.names
        reach = Reach(round(ask.span_s / MINUTE_S), round(ask.back_s / MINUTE_S))
        self._segments: dict[str | None, list[_Slid]] = {}
        if ask.by is None:
            self._segments[None] = []  # it has no segments: nothing in it is seen too, as nothing
        for key, strand in history.strands.items():
            self._segments.setdefault(key.segment, []).append(_Slid(key, strand, reach, then=then))
        self._known: dict[str | None, Measured] = {}

    def seen(self, at: Instant) -> Mapping[str | None, Seen]:
        minute = minute_of(at)
        end = after(at, -self.ask.back_s)
        span = Span(after(end, -self.ask.span_s), end)
        found = {}
        for segment, slid in self._segments.items():
            has_moved = [each.move(minute) for each in slid]
            if any(has_moved) or segment not in self._known:
                self._known[segment] = self._measured(slid)
            if self.ask.by is None or any(each.is_seen for each in slid):
                found[segment] = Seen(span=span, measured=self._known[segment])
        return found

    def _measured(self, slid: Sequence[_Slid]) -> Measured:
        rows = [dict(zip(self._names, each.counts.sums.tolist(), strict=True)) for each in slid]
        tally = Tally([Counted(own, each.key.ppm, each.key.policy) for own, each in zip(rows, slid, strict=True)])
        values = measured(Counts(tally, _times(slid), _cost(rows)), self.ask.measures)
        if BREACHES in self._names:
            values[BREACHES] = sum(own[BREACHES] for own in rows)
        return values


class _Slid:
    """The counts and times of one key in one window."""

    def __init__(self, key: Key, strand: Strand, reach: Reach, *, then: bool) -> None:
        self.key = key
        self.counts = Sliding(strand.rows, reach, then=then)
        self.times = {name: SlidingTimes(own, reach, then=then) for name, own in strand.times.items()}

    @property
    def is_seen(self) -> bool:
        return bool(self.counts.sums.any())

    def move(self, minute: int) -> bool:
        for own in self.times.values():
            own.move(minute)
        return self.counts.move(minute)


def _times(slid: Sequence[_Slid]) -> dict[str, Distribution | None]:
    names = {name for each in slid for name in each.times}
    return {
        name: sketch([(each.key.ppm / CERTAIN_PPM, each.times[name].weights) for each in slid if name in each.times])
        for name in names
    }


def _cost(rows: Iterable[Mapping[str, int]]) -> Cost | None:
    priced = [own for own in rows if own.get(PRICED)]
    if not priced:
        return None
    amount = NanoUsd(sum(own[COST] for own in priced))
    return Cost(amount, (), (), amount)
