"""Makes the slots that schedules expect before they come, and finds those that nobody began: absence is an event."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from outproof.contract.promise import Promise
from outproof.contract.schedule import Schedule
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.decide.promise import never_started
from outproof.engine.knowledge import briefing
from outproof.engine.record import Around, record
from outproof.engine.settle import Terms, is_over
from outproof.engine.suspects import Suspects
from outproof.ports import Clock, State, Transaction
from outproof.prove.slots import Slot, SlotState, a_slot, instants

FIRST_PER_TICK_MAX = 1_000
FOLLOWING_PER_TICK_MAX = 100
"""Few, and without haste: they are made when many others come due, and the pages of those wait meanwhile."""
MISSED_PER_TICK_MAX = 50
"""Few: one that cannot be recorded now undoes the others of its transaction, and their pages wait for its end."""


class _Next(NamedTuple):
    """When the slot after the newest one of a promise must be made: when the newest one comes."""

    at: Instant
    name: str
    version: str


class Scheduler:
    """Keeps one slot ahead of now for each scheduled promise. `away_since` is when nobody made any: see `begin`."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        project: ProjectId,
        terms: Callable[[], Terms],
        *,
        away_since: Instant | None = None,
    ) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms
        self._away_since = away_since
        self._known: dict[str, str] = {}
        self._seen: Mapping[str, Promise] = {}
        self._new: list[str] = []
        self._ahead: list[_Next] = []
        self._suspects: Suspects[tuple[str, Instant]] = Suspects()

    def tick(self) -> bool:
        """Make what is missing, then tell what nobody began. True: there may be more."""
        now, terms = self._clock.now(), self._terms()
        return self._make(terms, now) | self._judge(terms, now)

    def _make(self, terms: Terms, now: Instant) -> bool:
        if terms.promises is not self._seen:  # files were read: which promises differ is a digest of each
            self._take_up(terms)
        new, due = self._new[:FIRST_PER_TICK_MAX], self._due(now)
        if not new and not due:
            return False
        coming: list[_Next] = []
        with self._state.begin() as tx:
            made = [*self._first(tx, new, terms, now, coming), *_following(due, terms, coming)]
            tx.slots.put(made)
        for _ in due:  # only what is on disk is forgotten
            heapq.heappop(self._ahead)
        for following in coming:
            heapq.heappush(self._ahead, following)
        self._known.update({name: terms.promises[name].version for name in new})
        del self._new[: len(new)]
        if not self._new:
            self._away_since = None
        return bool(self._new)

    def _take_up(self, terms: Terms) -> None:
        """Find what is new or changed, and forget what is not expected any more: it may be put back as it was."""
        declared = {name for name, promise in terms.promises.items() if promise.schedule is not None}
        self._known = {name: version for name, version in self._known.items() if name in declared}
        self._new = [name for name in declared if self._is_new(terms.promises[name])]
        stays = self._known.keys() - set(self._new)
        self._ahead = [coming for coming in self._ahead if coming.name in stays]
        heapq.heapify(self._ahead)
        self._seen = terms.promises

    def _due(self, now: Instant) -> list[_Next]:
        """The slots that have come and whose successors must be made, the first first."""
        if not self._ahead or self._ahead[0].at > now:
            return []
        return [coming for coming in heapq.nsmallest(FOLLOWING_PER_TICK_MAX, self._ahead) if coming.at <= now]

    def _is_new(self, promise: Promise) -> bool:
        return self._known.get(promise.name) != promise.version

    def _first(
        self, tx: Transaction, names: Sequence[str], terms: Terms, now: Instant, coming: list[_Next]
    ) -> Iterator[Slot]:
        """The first slot of promises that are new to us.

        One that is new altogether, or has changed, expects nothing of the past. One that had slots before we went away
        expects what came due meanwhile.
        """
        ends = tx.slots.ends() if names else {}
        since = self._away_since
        for name in names:
            promise = terms.promises[name]
            schedule = promise.schedule
            assert schedule is not None
            end = ends.get(name)
            begin = now if since is None or end is None else max(end, min(since, now))
            if schedule.cron is not None:
                for slot in _after(promise, schedule, begin, coming):
                    if end is not None:
                        _redeclare(tx, slot)
                    yield slot
            else:
                yield from _awaited(tx, promise, schedule, now)

    def _judge(self, terms: Terms, now: Instant) -> bool:
        left_out = self._suspects.left_out(now)
        with self._state.look() as tx:
            if not tx.slots.unsettled(now, 1):
                return False
        with self._suspects.trying(), self._state.begin() as tx:
            found = tx.slots.unsettled(now, MISSED_PER_TICK_MAX + len(left_out))
            due = {key: slot for slot in found if (key := (slot.promise, slot.at)) not in left_out}
            around = Around(tx, terms.routes, self._project, now)
            for key in self._suspects.each(list(due)):
                self._judge_one(tx, due[key], terms, around, now)
        return len(due) >= MISSED_PER_TICK_MAX

    def _judge_one(self, tx: Transaction, slot: Slot, terms: Terms, around: Around, now: Instant) -> None:
        """Nobody began it: it is missed, unless nobody could see, or nobody expects it any more."""
        promise = terms.of(slot.promise, slot.drill)
        changed = replace(slot, settle_at=None, generation=slot.generation + 1)
        if slot.state is not SlotState.EXPECTED:
            tx.slots.save(changed)
        elif promise is None or is_over(tx, slot.drill) or not self._is_expected(promise, slot):
            tx.slots.save(replace(changed, state=SlotState.PAUSED))
        elif (held := terms.holds.adjusted(slot.start_by)) > now:
            tx.slots.save(replace(changed, settle_at=held))
        else:
            tx.slots.save(replace(changed, state=SlotState.MISSED))
            schedule = promise.schedule
            if schedule is not None and schedule.every_s is not None:
                tx.slots.put([_slot(promise, schedule, after(now, schedule.every_s))])
            found = never_started(promise, slot)
            brief = partial(briefing, tx, promise=promise, holds=terms.holds, now=now)
            record(tx, found, project=self._project, routes=terms.routes, now=now, brief=brief, around=around)

    def _is_expected(self, promise: Promise, slot: Slot) -> bool:
        """Whether the promise as it is now still expects this slot: its schedule may have been changed or paused."""
        if slot.drill is not None:
            return True
        if promise.paused or promise.schedule is None:
            return False
        if promise.schedule.cron is None:
            return True
        return next(instants(promise.schedule, after(slot.at, -1.0)), None) == slot.at


def _following(due: Sequence[_Next], terms: Terms, coming: list[_Next]) -> Iterator[Slot]:
    """The successors of slots that have come, of promises that are still declared as they were."""
    for last in due:
        promise = terms.promises.get(last.name)
        if promise is not None and promise.schedule is not None and promise.version == last.version:
            yield from _after(promise, promise.schedule, last.at, coming)


def _after(promise: Promise, schedule: Schedule, instant: Instant, coming: list[_Next]) -> Iterator[Slot]:
    """The next slot of a cron schedule; the one after it is made when that one comes."""
    at = next(instants(schedule, instant), None)
    if at is not None:
        coming.append(_Next(at, promise.name, promise.version))
        yield _slot(promise, schedule, at)


def _awaited(tx: Transaction, promise: Promise, schedule: Schedule, now: Instant) -> Iterator[Slot]:
    """The one slot of an interval that is awaited: as it was, unless the interval is shorter now and ends before it."""
    assert schedule.every_s is not None
    old, slot = tx.slots.awaited(promise.name), _slot(promise, schedule, after(now, schedule.every_s))
    if old is not None and old.at <= slot.at:
        _redeclare(tx, _slot(promise, schedule, old.at))
        return
    if old is not None:
        tx.slots.save(replace(old, state=SlotState.PAUSED, settle_at=None, generation=old.generation + 1))
    yield slot


def _redeclare(tx: Transaction, slot: Slot) -> None:
    """What was expected before the promise was changed takes its new limits, and whether it is paused."""
    old = tx.slots.load(slot.promise, slot.at)
    if old is not None and old.state in (SlotState.EXPECTED, SlotState.PAUSED):
        changed = replace(slot, generation=old.generation + 1)
        if replace(old, generation=changed.generation) != changed:
            tx.slots.save(changed)


def _slot(promise: Promise, schedule: Schedule, at: Instant) -> Slot:
    slot = a_slot(promise, schedule, at)
    return replace(slot, state=SlotState.PAUSED, settle_at=None) if promise.paused else slot
