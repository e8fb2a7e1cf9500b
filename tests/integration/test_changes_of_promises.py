"""Promises that are changed, taken out or put back while runs go on: nothing stops, is missed or is told twice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outproof.contract.promise import Promise
from outproof.contract.schedule import Heartbeat, Schedule
from outproof.core.ids import DEFAULT_PROJECT, run_id
from outproof.decide.finding import FindingKind
from outproof.prove.outcome import Verdict
from outproof.store.state.state import SqlState
from tests.builders import NIGHTLY
from tests.contract.state.opened import a_state
from tests.integration.test_schedule_road import HOUR_S, Night, scheduled


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield state


def declare(night: Night, *promises: Promise) -> None:
    night.terms = replace(night.terms, promises={promise.name: promise for promise in promises})


def test_a_promise_that_is_put_back_as_it_was_is_expected_again(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(0.5)
    declare(night)
    night.until(1.5)  # the slot that nobody expects comes and goes
    declare(night, scheduled())
    night.until(3.5)
    assert night.states() == ["paused", "missed", "missed"]
    assert night.incident().finding.kind is FindingKind.NEVER_STARTED


def test_a_promise_that_comes_and_goes_makes_each_slot_once_and_keeps_no_more_ahead(state: SqlState) -> None:
    night = Night(state, scheduled())
    for turn in range(5):
        night.until(0.1 + turn / 10)
        declare(night)
        night.until(0.15 + turn / 10)
        declare(night, scheduled())
    night.until(1.5)
    assert night.states() == ["missed"]
    assert len(night.scheduler._ahead) == 1  # what is kept in memory must not grow with every change


def test_a_shorter_interval_is_expected_from_the_change_on(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(every_s=10 * HOUR_S, grace_s=60.0)))
    night.until(0.5)
    declare(night, scheduled(Schedule(every_s=HOUR_S, grace_s=60.0)))
    night.until(1.6)
    assert night.incident().finding.kind is FindingKind.NEVER_STARTED


def test_runs_of_a_shorter_interval_are_the_runs_that_are_expected(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(every_s=10 * HOUR_S, grace_s=60.0)))
    night.until(0.2)
    night.open("first")
    night.prove("first")
    night.until(0.5)
    declare(night, scheduled(Schedule(every_s=HOUR_S, grace_s=60.0)))
    for number in range(12):
        night.until(1 + number)
        night.open(f"hour-{number}")
        night.prove(f"hour-{number}")
    assert night.incidents() == []


def test_a_pause_and_a_shorter_interval_miss_nothing_that_runs(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(every_s=10 * HOUR_S, grace_s=60.0), paused=True))
    night.until(0.5)
    declare(night, scheduled(Schedule(every_s=HOUR_S, grace_s=60.0)))
    for number in range(4):
        night.until(1 + number)
        night.open(f"hour-{number}")
        night.prove(f"hour-{number}")
    assert night.incidents() == []


def test_runs_of_a_promise_that_is_kept_otherwise_now_hold_up_nobody(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(1)
    night.open("old-way")
    beating = Promise(name=NIGHTLY, outcome="It runs.", owner="data", heartbeat=Heartbeat(every_s=60.0))
    other = replace(scheduled(), name="other")
    declare(night, beating, other)
    night.until(3)
    with state.look() as tx:
        run = tx.runs.load(run_id(DEFAULT_PROJECT, NIGHTLY, "old-way"))
    assert run is not None
    assert run.verdict is Verdict.UNVERIFIED
    assert [incident.finding.promise for incident in night.incidents()] == ["other"]
