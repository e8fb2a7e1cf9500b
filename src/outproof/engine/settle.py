"""Settles runs: folds a run's signals, saves its verdict and what follows from it, all in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from outproof.contract.drill import Drilled
from outproof.contract.promise import Promise
from outproof.core.ids import ProjectId, RunId
from outproof.core.time import NEVER, Instant, after
from outproof.decide.promise import finding
from outproof.engine.knowledge import Heard, briefing
from outproof.engine.record import Around, record
from outproof.engine.slots import own_slot, take_slot
from outproof.engine.suspects import Suspects
from outproof.learn.drill import DrillState
from outproof.ports import Clock, State, Transaction
from outproof.prove.drilled import drilled
from outproof.prove.folded_run import FoldedRun, VerdictChange
from outproof.prove.holds import NO_HOLDS, Holds
from outproof.prove.outcome import Outcome, Verdict, outcome
from outproof.prove.run_state import RunState, fold
from outproof.prove.slots import Slot
from outproof.respond.route import Routes

RUNS_PER_TICK_MAX = 50
"""Few: one that cannot be settled now undoes the others of its transaction."""

LOOK_AGAIN_S_MIN = 1.0
LOOK_AGAIN_S_MAX = 60.0
LAST_LOOK_S = 2.0
"""How long before the deadline of a run our probe looks once more."""


class Occasion(StrEnum):
    """Why a run is settled now."""

    SIGNAL = "signal"
    """The job or a checker said something: what was not there may be there now, so look at once."""
    LOOK = "look"
    """Our probe looked: wait longer before the next look."""
    TIME = "time"
    """A deadline passed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration files declare, as it is applied now, and which deadlines wait."""

    promises: Mapping[str, Promise]
    routes: Routes
    holds: Holds = NO_HOLDS

    def of(self, name: str, drill: Drilled | None) -> Promise | None:
        """The promise that a run is judged by; None: nobody declared it, or it is not kept by runs."""
        promise = self.promises.get(name)
        if promise is None or not promise.proofs:
            return None
        return promise if drill is None else drilled(promise, drill)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A run and how it was concluded. `promise` None: nobody declared it."""

    run: FoldedRun
    state: RunState
    outcome: Outcome
    promise: Promise | None


def settle(
    tx: Transaction,
    run_id: RunId,
    occasion: Occasion,
    terms: Terms,
    *,
    project: ProjectId,
    now: Instant,
    around: Around | None = None,
) -> Settled:
    """Conclude a run from its stored signals (there is at least one) and record what is broken, or is no longer.

    The runs of a promise that nobody declared are kept and shown as unverified, and nobody is called.

    Raises:
        Transient: somebody else changed the run, or its slot, first.
    """
    old = tx.runs.load(run_id)  # before its signals: whoever stores one after this has changed the run when we save it
    signals = tx.runs.signals(run_id)
    state = fold(signals, tx.items.totals(run_id))
    promise = terms.of(state.promise, state.drill)
    slot = own_slot(tx, old, state, promise)
    counts_from = slot.at if slot is not None and promise is not None and promise.has_cron else None
    concluded = outcome(state, promise, now, slot_at=counts_from, holds=terms.holds)
    run = _run(run_id, old, state, concluded, slot, _next_look(old, concluded, occasion, now))
    changed = old is None or old.verdict is not run.verdict
    change = VerdictChange(at=now, old=old.verdict if old else None, new=run.verdict, reason=run.reason)
    tx.runs.save(run, change if changed else None)
    if promise is not None and not is_over(tx, state.drill):
        made_up_for = slot is not None and take_slot(tx, slot, run, promise)
        found = finding(state, concluded, promise, slot)
        if found is not None and not (found.firing and (made_up_for or _is_superseded(tx, old, run, promise))):
            heard = Heard(signals, state, concluded)
            brief = partial(briefing, tx, promise=promise, holds=terms.holds, now=now, heard=heard)
            is_news = old is None or _told(old) != _told(run)
            record(
                tx, found, project=project, routes=terms.routes, now=now, brief=brief, is_news=is_news, around=around
            )
    return Settled(run=run, state=state, outcome=concluded, promise=promise)


def _run(
    run_id: RunId,
    old: FoldedRun | None,
    state: RunState,
    concluded: Outcome,
    slot: Slot | None,
    next_look: tuple[Instant | None, int],
) -> FoldedRun:
    """The run as it is concluded, one generation on."""
    return FoldedRun(
        id=run_id,
        promise=state.promise,
        external_id=state.external_id,
        verdict=concluded.verdict,
        cause=concluded.cause,
        first_stage=concluded.first_stage,
        reason=concluded.reason,
        started_at=state.started_at,
        opened_at=state.opened_at,
        closed_at=state.closed_at,
        slot_at=None if slot is None else slot.at,
        due_at=concluded.due_at,
        settle_at=concluded.settle_at,
        look_at=next_look[0],
        looks=next_look[1],
        drill=state.drill,
        generation=old.generation + 1 if old else 1,
    )


def is_over(tx: Transaction, drilled: Drilled | None) -> bool:
    """Whether what was broken belongs to a drill that has ended: what becomes of it then concerns nobody."""
    drill = None if drilled is None else tx.drills.load(drilled.id)
    return drill is not None and drill.state is not DrillState.RUNNING


def _told(run: FoldedRun) -> tuple[object, ...]:
    """What people are told of a run: that it is still as bad is no news. Without a deadline nobody had declared it."""
    return run.verdict, run.cause, run.due_at is None


def _is_superseded(tx: Transaction, old: FoldedRun | None, run: FoldedRun, promise: Promise) -> bool:
    """Whether a later run makes up for this one, which has ended or was bad before: it wakes nobody any more."""
    was_told = old is not None and old.verdict not in (Verdict.PENDING, Verdict.KEPT)
    if not promise.is_grouped or (run.closed_at is None and not was_told):
        return False
    kept = tx.runs.last_kept(promise.name, NEVER)
    return kept is not None and kept.started_at > run.started_at


def _next_look(
    old: FoldedRun | None, concluded: Outcome, occasion: Occasion, now: Instant
) -> tuple[Instant | None, int]:
    """When to look next, and after how many looks in vain. Waits double from 1 s to 60 s, and begin anew on news.

    However long the wait, there is one more look right before the deadline: nobody is woken for what is there by then.
    """
    wanted = concluded.look_at
    if wanted is None or wanted > now or occasion is Occasion.SIGNAL or old is None:
        return wanted, 0
    if occasion is Occasion.LOOK:
        again = after(now, look_again_s(old.looks))
        last_chance = now if concluded.due_at is None else after(concluded.due_at, -LAST_LOOK_S)
        return (min(again, last_chance) if last_chance > now else again), old.looks + 1
    return (wanted, 0) if old.look_at is None else (old.look_at, old.looks)


def look_again_s(looks: int) -> float:
    """Seconds to wait after that many looks in vain: 1, 2, 4, … 60."""
    return min(LOOK_AGAIN_S_MIN * 2.0 ** min(looks, 10), LOOK_AGAIN_S_MAX)


class Settler:
    """Settles the runs whose deadline passed: absence is an event, and nothing but time announces it."""

    def __init__(self, state: State, clock: Clock, project: ProjectId, terms: Callable[[], Terms]) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms
        self._suspects: Suspects[RunId] = Suspects()

    def tick(self) -> bool:
        """Settle runs that are due, the longest due first. True: there may be more."""
        now, terms = self._clock.now(), self._terms()
        left_out = self._suspects.left_out(now)
        with self._suspects.trying(), self._state.begin() as tx:
            found = tx.runs.unsettled(now, RUNS_PER_TICK_MAX + len(left_out))
            due = [run_id for run_id in found if run_id not in left_out]
            around = Around(tx, terms.routes, self._project, now)
            for run_id in self._suspects.each(due):
                settle(tx, run_id, Occasion.TIME, terms, project=self._project, now=now, around=around)
        return len(due) >= RUNS_PER_TICK_MAX
