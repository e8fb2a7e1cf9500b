"""Drills that promises ask for, with the time passed in: begun when they are due, and told when they are overdue."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from outproof.contract.drill import DrillRule, Fault
from outproof.contract.promise import Promise
from outproof.contract.run import Stage
from outproof.core.ids import DEFAULT_PROJECT
from outproof.decide.finding import FindingKind
from outproof.engine.drill_rules import SCHEDULED_AT_ONCE_MAX, DrillRules
from outproof.engine.settle import Terms
from outproof.learn.drill_due import FIRST_AFTER_S, GRACE_S
from outproof.respond.incident import Incident, IncidentState
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState, SqlTransaction
from tests.builders import a_promise, by_job
from tests.contract.state.opened import SetClock, a_state

DAY_S = 86_400.0


class Counting:
    """A state that counts the transactions that may write."""

    def __init__(self, state: SqlState) -> None:
        self._state = state
        self.look = state.look
        self.begun = 0

    def begin(self) -> AbstractContextManager[SqlTransaction]:
        self.begun += 1
        return self._state.begin()


class Rules:
    def __init__(self, state: SqlState, *promises: Promise) -> None:
        self.state = Counting(state)
        self.clock = SetClock()
        self.declare(*promises)
        self.rules = DrillRules(self.state, self.clock, DEFAULT_PROJECT, lambda: self.terms)
        self.rules.tick()

    def declare(self, *promises: Promise) -> None:
        self.terms = Terms({promise.name: promise for promise in promises}, Routes(("pager",)))

    def tick(self, forward_s: float) -> None:
        self.clock.forward(forward_s)
        self.rules.tick()

    def running(self) -> list[str]:
        with self.state.look() as tx:
            return sorted(drill.promise for drill in tx.drills.running(100))

    def incidents(self) -> list[Incident]:
        with self.state.look() as tx:
            return list(tx.incidents.newest(list(IncidentState), 100))


def asks(name: str, **rule: object) -> Promise:
    every: dict[str, object] = {"every_s": DAY_S, **rule}
    rules = DrillRule(**every)  # type: ignore[arg-type]  # any fields
    return replace(a_promise(by_job(Stage.PERSISTED)), name=name, drill=rules)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield state


def test_what_is_due_begins_a_few_at_once(state: SqlState) -> None:
    rules = Rules(state, *(asks(f"p-{number}") for number in range(10)))
    rules.tick(FIRST_AFTER_S - 1)
    assert rules.running() == []
    rules.tick(2)
    assert len(rules.running()) == SCHEDULED_AT_ONCE_MAX
    rules.tick(5)
    assert len(rules.running()) == SCHEDULED_AT_ONCE_MAX


def test_what_cannot_be_drilled_is_tried_once_until_it_is_changed(state: SqlState) -> None:
    impossible = asks("p", fault=Fault.FREEZE_SURFACE)
    rules = Rules(state, impossible)
    rules.tick(FIRST_AFTER_S + 1)
    before = rules.state.begun
    for _ in range(100):
        rules.tick(5)
    assert (rules.state.begun, rules.running()) == (before, [])
    rules.declare(asks("p"))
    rules.tick(5)
    assert rules.running() == ["p"]


def test_a_promise_that_passed_no_drill_for_too_long_is_told_once(state: SqlState) -> None:
    rules = Rules(state, asks("p", fault=Fault.FREEZE_SURFACE))
    rules.tick(DAY_S + GRACE_S - 1)
    assert rules.incidents() == []
    for _ in range(3):
        rules.tick(2)
    assert [incident.finding.kind for incident in rules.incidents()] == [FindingKind.DRILL_OVERDUE]
