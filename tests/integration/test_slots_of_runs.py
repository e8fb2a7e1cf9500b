"""Which slot a run is the run of, where slots lie closer together than a run may be early."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from outproof.contract.schedule import Schedule
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import after
from outproof.store.state.state import SqlState
from tests.contract.state.opened import a_state
from tests.integration.test_schedule_road import HOUR_S, Night, scheduled

MINUTE = 1 / 60


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield state


@pytest.mark.parametrize("late_s", [0, 1, 31, 59])
def test_runs_of_each_minute_are_each_minute_s(state: SqlState, late_s: int) -> None:
    night = Night(state, scheduled(Schedule(cron="* * * * *")))
    for minute in range(1, 8):
        night.until(minute * MINUTE + late_s / HOUR_S)
        night.open(f"run-{minute}")
        night.prove(f"run-{minute}")
    assert (set(night.states()), night.incidents()) == ({"kept"}, [])


def test_a_run_late_within_a_long_grace_is_not_early_for_the_next_slot(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(cron="*/5 * * * *", grace_s=600.0)))
    night.until(9.5 * MINUTE)
    night.open("late")
    night.prove("late")
    night.until(9.9 * MINUTE)
    assert night.states() == ["kept"]


def test_a_run_right_after_a_slot_without_grace_is_that_slot_s(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(cron="* * * * *", grace_s=0.0)))
    night.until(1 * MINUTE)
    assert night.states() == ["missed"]
    night.clock.at = after(night.clock.at, 1.0)
    night.open("at-once")
    night.prove("at-once")
    assert night.states() == ["kept"]


def test_a_run_right_before_a_slot_is_that_slot_s_although_the_last_one_was_missed(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(cron="0 * * * *", grace_s=300.0)))
    night.until(2 - 0.5 * MINUTE)
    night.open("eager")
    night.prove("eager")
    night.until(2.5)
    assert night.states() == ["missed", "kept"]
