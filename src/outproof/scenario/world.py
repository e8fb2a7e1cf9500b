"""Everything that judges and tells, on a database of its own and a clock that is moved: hours pass in milliseconds.

Nothing in here decides anything. Signals go in through the server's receiver, and every loop is the server's own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Column, Engine, func, select

from outproof.channels.drill.send import BUILT_IN
from outproof.config.declared import Declared
from outproof.contract.drill import LOOPBACK
from outproof.contract.evidence import Exemplar
from outproof.contract.promise import Promise
from outproof.contract.surface import Freshness
from outproof.core.ids import DEFAULT_PROJECT, NoticeId
from outproof.core.time import Instant, after, seconds_between
from outproof.decide.fault import Fault
from outproof.decide.policy import ExemplarRule
from outproof.decide.question import Ask, Looks, Scope, Seen, Span
from outproof.engine.decide import Decider, Rules
from outproof.engine.dispatch import Dispatcher
from outproof.engine.drill import Driller
from outproof.engine.drill_rules import DrillRules
from outproof.engine.probe import Prober
from outproof.engine.pulse import Pulses
from outproof.engine.schedule import Scheduler
from outproof.engine.settle import Settler, Terms
from outproof.engine.tell import Teller
from outproof.measure.attribution import NOTHING, Cause, Changes
from outproof.measure.dimension import Dimension
from outproof.ports import Channel
from outproof.prove.known_facts import Known
from outproof.prove.look import Look, blind
from outproof.prove.surface_reading import Sight, sight
from outproof.respond.delivery import Outcome, Sent
from outproof.respond.notification import Notification
from outproof.server.drills import DrillTeller
from outproof.store.state.database import open_engine, transaction
from outproof.store.state.state import SqlState
from outproof.store.state.tables import incidents, outbox, pulses, runs, slots

PROJECT = DEFAULT_PROJECT
ON_CALL = "on-call"
"""The channel that is told where no file declares routes."""

TICKS_MAX = 1_000
"""Ticks at one instant. More would mean that a loop never comes to rest."""

DRILL_STEP_S = 0.25
DECIDE_STEP_S = 15.0
HELD_STEP_S = 60.0
HELD_BACK_MAX = 100
SEND_S_MAX = 60.0


class Restless(Exception):
    """The product did not come to rest at one instant, or a notice was not sent: a mistake of ours."""


@dataclass(slots=True)
class SetClock:
    """A clock that stands until it is moved."""

    at: Instant

    def now(self) -> Instant:
        return self.at


@dataclass(slots=True)
class Told:
    """What channels were told, and which of them refuse."""

    refusing: set[str] = field(default_factory=set)

    def channel(self, name: str) -> Channel:
        return _Receiver(name, self)


@dataclass(frozen=True, slots=True)
class _Receiver:
    """One channel. What it accepted is on record in the outbox, as for every channel."""

    name: str
    told: Told

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        del notice, notification, now
        if self.name in self.told.refusing:
            return Sent(outcome=Outcome.PERMANENT, detail="the scenario has this channel refuse")
        return Sent(outcome=Outcome.ACCEPTED, detail="accepted")


@dataclass(slots=True)
class Surfaces:
    """What our probe sees: the outputs whose age the scenario tells, and nothing else."""

    clock: SetClock
    newest: dict[str, tuple[Freshness, Instant]] = field(default_factory=dict)

    def look(self, wanted: Sight) -> Look:
        for freshness, newest_at in self.newest.values():
            if sight(freshness.surface, Known()) == wanted:
                return Look(passed=True, detail="as the scenario tells", shown="the scenario", newest_at=newest_at)
        return blind("the scenario does not tell what our probe sees; say so with `probe sees` or `surface of`")


@dataclass(slots=True)
class Windows:
    """What services measure, as the scenario tells it. A service that it does not speak of has no data."""

    by_service: dict[str, dict[str, int | float | None]] = field(default_factory=dict)
    revision: int = 0

    def tell(self, service: str, measured: dict[str, int | float | None]) -> None:
        """From now on the service measures this: what was judged at this instant is judged again."""
        self.by_service[service] = measured
        self.revision += 1

    def look(self, asks: Collection[Ask], at: Instant) -> Looks:
        return {ask: {None: self._seen(ask, at)} for ask in asks}

    def exemplars(
        self, where: Scope, span: Span, rule: ExemplarRule, fault: Fault | None, cause: Cause | None
    ) -> Sequence[Exemplar]:
        del where, span, rule, fault, cause
        return ()

    def changes(self, where: Scope, span: Span, before: Span, fault: Fault) -> Changes:
        del where, span, before, fault
        return Changes(now=NOTHING, before=NOTHING, too_many=0.0, causes=())

    def _seen(self, ask: Ask, at: Instant) -> Seen:
        service = dict(ask.where).get(Dimension.SERVICE)
        if service is None and len(self.by_service) == 1:
            (measured,) = self.by_service.values()
        else:
            measured = self.by_service.get(service or "", {})
        end = after(at, -ask.back_s)
        return Seen(span=Span(after(end, -ask.span_s), end), measured=measured, revision=self.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a world begins with. `scheduled_drills`: promises are drilled as their rules ask for."""

    declared: Declared
    promises: Mapping[str, Promise]
    start: Instant
    scheduled_drills: bool = False


class World:
    """One scenario's world. `advance` lets time pass up to an instant, stopping wherever something is due.

    Policies are judged once `answers_told`: before that, a service without data only means that the scenario is about
    something else.
    """

    def __init__(self, engine: Engine, setting: Setting) -> None:
        declared = setting.declared
        self._engine = engine
        self.state = SqlState(engine, PROJECT, lambda _: None)
        self.clock = SetClock(setting.start)
        self.promises = setting.promises
        self.policies = declared.policies
        self.routes = declared.routes if declared.routes.named else replace(declared.routes, default=(ON_CALL,))
        self.told = Told()
        self.surfaces = Surfaces(self.clock)
        self.windows = Windows()
        names = {channel.name for channel in declared.channels} | {ON_CALL}
        self.channels = {**BUILT_IN, **{name: self.told.channel(name) for name in sorted(names | {LOOPBACK})}}
        self.answers_told = False
        rules = Rules(declared.policies, self.routes, declared.rates)
        self.decider = Decider(self.state, self.windows, self.clock, PROJECT, lambda: rules)
        self._sent = threading.Event()
        self._dispatcher = Dispatcher(self.state, lambda: self.channels, self.clock, self._sent.set)
        self._scheduled_drills = setting.scheduled_drills
        self._ticks = self._loops()

    def terms(self) -> Terms:
        return Terms(self.promises, self.routes)

    def close(self) -> None:
        self._dispatcher.stop()
        for stop in self._stops:
            stop()

    def advance(self, to: Instant) -> None:
        """Let time pass up to an instant; what is due on the way happens at its own time."""
        while (due := self._next(to)) is not None:
            self.clock.at = due
            self.settle()
        self.clock.at = to
        self.settle()

    def settle(self) -> None:
        """Let everything happen that is due now, and all that follows from it.

        Raises:
            Restless: it never ends.
        """
        if self.answers_told:
            self.decider.judge()
        for _ in range(TICKS_MAX):
            again = [bool(tick()) for tick in self._ticks]
            if not any(again) and not self._deliver():
                return
        raise Restless(f"there was still something to do after {TICKS_MAX} ticks at one instant")

    def _loops(self) -> list[Callable[[], bool | None]]:
        state, clock, terms = self.state, self.clock, self.terms
        prober = Prober(state, clock, self.surfaces, PROJECT, terms)
        beats = Pulses(state, clock, self.surfaces, PROJECT, terms)
        self._stops = (prober.stop, beats.stop)
        rules = DrillRules(state, clock, PROJECT, terms)
        return [
            Scheduler(state, clock, PROJECT, terms).tick,
            Settler(state, clock, PROJECT, terms).tick,
            beats.tick,
            prober.tick,
            Driller(state, clock, PROJECT, terms, DrillTeller(state, clock, PROJECT, terms)).tick,
            *([rules.tick] if self._scheduled_drills else []),
            Teller(state, clock, PROJECT, terms).tick,
        ]

    def _deliver(self) -> bool:
        """Send what is due, and wait until it is on record. True: something was sent."""
        deadline_s = time.monotonic() + SEND_S_MAX
        sent = False
        while self._is_due_to_send():
            sent = True
            self._sent.clear()
            self._dispatcher.tick()
            if self._is_due_to_send() and time.monotonic() > deadline_s:
                raise Restless(f"a notice was not sent within {SEND_S_MAX:g} s")
            self._sent.wait(0.001)
        return sent

    def _is_due_to_send(self) -> bool:
        with self.state.look() as tx:
            first = tx.outbox.next_due()
        return first is not None and first <= self.clock.at

    def _next(self, to: Instant) -> Instant | None:
        """The next instant before `to` at which something is due; None: nothing is."""
        now = self.clock.at
        with transaction(self._engine, reads_only=True) as connection:
            rows: list[int | None] = [
                connection.execute(select(func.min(column)).where(column > now, project == PROJECT)).scalar_one()
                for column, project in _DUE
            ]
        due = [Instant(at) for at in rows if at is not None]
        due += [after(now, step_s) for step_s in self._steps_s()]
        return min((at for at in due if at < to), default=None)

    def _steps_s(self) -> Iterator[float]:
        """How long may be skipped at most, where what is due stands in no row."""
        with self.state.look() as tx:
            if tx.drills.running(1):
                yield DRILL_STEP_S
            for incident in tx.incidents.to_tell(self.clock.at, HELD_BACK_MAX):
                until = incident.suppression.until if incident.suppression else None
                ends_s = 0.0 if until is None else seconds_between(self.clock.at, until)
                yield ends_s if ends_s > 0 else HELD_STEP_S
        if self.answers_told and self.policies:
            yield DECIDE_STEP_S
        if not self._scheduled_drills:
            return
        rules = (promise.drill for promise in self.promises.values())
        every_s = [rule.every_s for rule in rules if rule is not None and rule.every_s is not None]
        if every_s:
            yield min(max(min(every_s) / 60.0, 5.0), 3_600.0)


_DUE: tuple[tuple[Column[int], Column[str]], ...] = tuple(
    (column, column.table.c.project_id)
    for column in (
        runs.c.settle_at,
        runs.c.probe_at,
        slots.c.settle_at,
        slots.c.at,
        pulses.c.stale_at,
        pulses.c.look_at,
        outbox.c.next_attempt_at,
        incidents.c.tell_at,
    )
)
"""Where it stands when something is due next."""


@contextmanager
def a_world(folder: Path, setting: Setting) -> Iterator[World]:
    """A world whose database is a file in that folder, which is made if need be."""
    engine = open_engine(f"sqlite:///{folder / 'state.db'}")
    world = World(engine, setting)
    try:
        yield world
    finally:
        world.close()
        engine.dispose()
