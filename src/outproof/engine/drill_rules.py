"""Begins the drills that promises ask for, and tells when a promise has not passed one for too long."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from outproof.contract.promise import Promise
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.engine.drill import DrillRunning, begin
from outproof.engine.record import record
from outproof.engine.settle import Terms
from outproof.learn.drill import Drill
from outproof.learn.drill_due import drill_overdue, is_overdue, next_drill_at
from outproof.learn.drill_plan import CannotDrill
from outproof.ports import Clock, State

_log = structlog.get_logger()

BY = "the schedule"
SCHEDULED_AT_ONCE_MAX = 4
"""Few: a thousand promises that were declared together are drilled one after the other."""


class DrillRules:
    """Looks at the drill rule of every promise. When its rule was first seen is forgotten with the process."""

    def __init__(self, state: State, clock: Clock, project: ProjectId, terms: Callable[[], Terms]) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms
        self._since: dict[str, Instant] = {}
        self._overdue: dict[str, bool] = {}
        self._impossible: dict[str, Promise] = {}

    def tick(self) -> None:
        """Begin what is due, and open or end the incidents of what is overdue."""
        now, terms = self._clock.now(), self._terms()
        ruled = [promise for promise in terms.promises.values() if _is_ruled(promise)]
        for promise in ruled:
            self._since.setdefault(promise.name, now)
        if not ruled:
            return
        with self._state.look() as tx:
            last, passed_at = tx.drills.last(), tx.drills.last_passed()
            free = SCHEDULED_AT_ONCE_MAX - len(tx.drills.running(SCHEDULED_AT_ONCE_MAX))
        for promise in ruled:
            latest, since = last.get(promise.name), self._since[promise.name]
            self._judge(promise, latest, passed_at.get(promise.name), terms, now)
            assert promise.drill is not None
            if self._impossible.get(promise.name) is promise:
                continue  # what was said of it is true until it is changed
            due_at = next_drill_at(promise.drill, latest, since)
            if due_at is not None and due_at <= now and free > 0:
                free -= self._begin(promise, terms, now)

    def _judge(
        self, promise: Promise, last: Drill | None, last_passed_at: Instant | None, terms: Terms, now: Instant
    ) -> None:
        firing = is_overdue(promise.drill, last, last_passed_at, self._since[promise.name], now)
        if self._overdue.get(promise.name) is firing:
            return
        found = drill_overdue(promise, last, last_passed_at, now, firing=firing)
        with self._state.begin() as tx:
            record(tx, found, project=self._project, routes=terms.routes, now=now)
        self._overdue[promise.name] = firing

    def _begin(self, promise: Promise, terms: Terms, now: Instant) -> int:
        """How many were begun: one, or none where it cannot be."""
        try:
            with self._state.begin() as tx:
                begin(tx, promise, None, BY, terms, project=self._project, now=now)
        except DrillRunning:
            return 0
        except CannotDrill as error:
            _log.warning("drill_impossible", promise=promise.name, reason=str(error))
            self._impossible[promise.name] = promise
            return 0
        return 1


def _is_ruled(promise: Promise) -> bool:
    return (
        bool(promise.proofs) and not promise.paused and promise.drill is not None and promise.drill.every_s is not None
    )
