"""Settles runs: folds a run's signals, saves its verdict and what follows from it, all in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.promise import Promise
from outproof.core.ids import ProjectId, RunId
from outproof.core.time import Instant, after
from outproof.decide.promise import finding
from outproof.engine.record import record
from outproof.ports import Clock, State, Transaction
from outproof.prove.folded_run import FoldedRun, VerdictChange
from outproof.prove.outcome import Outcome, outcome
from outproof.prove.run_state import RunState, fold
from outproof.respond.route import Routes

RUNS_PER_TICK_MAX = 200
LOOK_AGAIN_S_MIN = 1.0
LOOK_AGAIN_S_MAX = 60.0


class Cause(StrEnum):
    """Why a run is settled now."""

    SIGNAL = "signal"
    """The job or a checker said something: what was not there may be there now, so look at once."""
    LOOK = "look"
    """Our probe looked: wait longer before the next look."""
    TIME = "time"
    """A deadline passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A run and how it was concluded."""

    run: FoldedRun
    state: RunState
    outcome: Outcome


def settle(
    tx: Transaction,
    run_id: RunId,
    promise: Promise | None,
    cause: Cause,
    *,
    project: ProjectId,
    routes: Routes,
    now: Instant,
) -> Settled:
    """Conclude a run from its stored signals (there is at least one) and record what is broken, or is no longer.

    `promise` None: nobody declared it; its runs are kept and shown as unverified, and nobody is called.

    Raises:
        Transient: somebody else changed the run first.
    """
    old = tx.runs.load(run_id)  # before its signals: whoever stores one after this has changed the run when we save it
    state = fold(tx.runs.signals(run_id))
    concluded = outcome(state, promise, now)
    look_at, looks = _next_look(old, concluded.look_at, cause, now)
    run = FoldedRun(
        id=run_id,
        promise=state.promise,
        external_id=state.external_id,
        verdict=concluded.verdict,
        first_stage=concluded.first_stage,
        reason=concluded.reason,
        started_at=state.started_at,
        opened_at=state.opened_at,
        closed_at=state.closed_at,
        due_at=concluded.due_at,
        settle_at=concluded.settle_at,
        look_at=look_at,
        looks=looks,
        generation=old.generation + 1 if old else 1,
    )
    changed = old is None or old.verdict is not run.verdict
    change = VerdictChange(at=now, old=old.verdict if old else None, new=run.verdict, reason=run.reason)
    tx.runs.save(run, change if changed else None)
    found = finding(state, concluded, promise) if promise else None
    if found is not None:
        record(tx, found, project=project, routes=routes, now=now)
    return Settled(run=run, state=state, outcome=concluded)


def _next_look(old: FoldedRun | None, wanted: Instant | None, cause: Cause, now: Instant) -> tuple[Instant | None, int]:
    """When to look next, and after how many looks in vain. Waits double from 1 s to 60 s, and begin anew on news."""
    if wanted is None or wanted > now or cause is Cause.SIGNAL or old is None:
        return wanted, 0
    if cause is Cause.LOOK:
        return after(now, look_again_s(old.looks)), old.looks + 1
    return (wanted, 0) if old.look_at is None else (old.look_at, old.looks)


def look_again_s(looks: int) -> float:
    """Seconds to wait after that many looks in vain: 1, 2, 4, … 60."""
    return min(LOOK_AGAIN_S_MIN * 2.0 ** min(looks, 10), LOOK_AGAIN_S_MAX)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration files declare, as it is applied now."""

    promises: Mapping[str, Promise]
    routes: Routes


class Settler:
    """Settles the runs whose deadline passed: absence is an event, and nothing but time announces it."""

    def __init__(self, state: State, clock: Clock, project: ProjectId, terms: Callable[[], Terms]) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms

    def tick(self) -> bool:
        """Settle runs that are due, the longest due first. True: there may be more."""
        now, terms = self._clock.now(), self._terms()
        with self._state.begin() as tx:
            due = tx.runs.unsettled(now, RUNS_PER_TICK_MAX)
            for run_id in due:
                run = tx.runs.load(run_id)
                assert run is not None
                promise = terms.promises.get(run.promise)
                settle(tx, run_id, promise, Cause.TIME, project=self._project, routes=terms.routes, now=now)
        return len(due) == RUNS_PER_TICK_MAX
