"""Drills in both databases: saved by compare-and-set, and what the passed ones vouch for."""

from dataclasses import replace

import pytest

from outproof.contract.drill import Drilled, Fault
from outproof.core.errors import Transient
from outproof.core.time import Instant, after
from outproof.learn.drill import Check, Drill, Evaluator, Move
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON


def a_drill(id: str, promise: str = "nightly", started_at: Instant = NOON, *, channel: str = "room") -> Drill:
    drilled = Drilled(id=id, fault=Fault.LATE, within_s=30.0, channels=(channel,))
    made = Drill(
        promise=promise,
        version="v1",
        drilled=drilled,
        by="ann",
        started_at=started_at,
        move_at=started_at,
        evaluators=(Evaluator.SETTLE,),
    )
    return made.with_step(started_at, "begun")


def over(drill: Drill, at: Instant, *, passed: bool) -> Drill:
    check = Check(name="one incident", expected="exactly one", seen="1" if passed else "none", passed=passed)
    return replace(replace(drill, checks=(check,)).over(at), generation=drill.generation + 1)


def save(state: SqlState, *drills: Drill) -> None:
    with state.begin() as tx:
        for drill in drills:
            tx.drills.save(drill)


def test_a_drill_comes_back_as_it_was_saved(state: SqlState) -> None:
    drill = a_drill("drl_1")
    save(state, drill)
    with state.look() as tx:
        assert tx.drills.load("drl_1") == drill
        assert tx.drills.load("drl_2") is None


def test_of_two_who_change_a_drill_one_is_first(state: SqlState) -> None:
    drill = a_drill("drl_1")
    save(state, drill)
    save(state, replace(drill.into(Move.NOTICING, NOON), generation=2))
    with pytest.raises(Transient):
        save(state, replace(drill.into(Move.OVER, NOON), generation=2))
    with pytest.raises(Transient):
        save(state, drill)
    with state.look() as tx:
        found = tx.drills.load("drl_1")
    assert found is not None
    assert found.move is Move.NOTICING


def test_running_ones_are_listed_longest_first_and_all_of_them_newest_first(state: SqlState) -> None:
    first, second, other = a_drill("drl_b"), a_drill("drl_a", started_at=after(NOON, 5)), a_drill("drl_c", "hourly")
    save(state, second, first, other, over(other, after(NOON, 9), passed=True))
    with state.look() as tx:
        assert [drill.id for drill in tx.drills.running(10)] == ["drl_b", "drl_a"]
        assert [drill.id for drill in tx.drills.newest("nightly", 10)] == ["drl_a", "drl_b"]
        assert len(tx.drills.newest(None, 2)) == 2
        assert {name: drill.id for name, drill in tx.drills.last().items()} == {"nightly": "drl_a", "hourly": "drl_c"}


def test_only_passed_drills_vouch_for_promises_routes_and_evaluators(state: SqlState) -> None:
    passed, bad = a_drill("drl_1"), a_drill("drl_2", started_at=after(NOON, 60), channel="pager")
    newer = a_drill("drl_3", "hourly", after(NOON, 90))
    save(state, passed, over(passed, after(NOON, 10), passed=True), bad, over(bad, after(NOON, 70), passed=False))
    save(state, newer, over(newer, after(NOON, 99), passed=True))
    with state.look() as tx:
        assert tx.drills.last_passed() == {"nightly": after(NOON, 10), "hourly": after(NOON, 99)}
        assert tx.drills.last_passed_routes() == {"room": after(NOON, 99)}
        assert tx.drills.last_passed_evaluators() == {"settle": after(NOON, 99)}
