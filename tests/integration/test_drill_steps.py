"""Drills on a real database with the time passed in: what goes wrong on the way ends them and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outproof.config.declared import Declared
from outproof.contract.drill import LOOPBACK, Drilled, DrillRule, Fault
from outproof.contract.promise import Promise
from outproof.contract.run import Stage
from outproof.contract.schedule import Schedule
from outproof.core.errors import Permanent, Transient
from outproof.core.ids import RunId
from outproof.core.time import after
from outproof.engine.drill import Driller, DrillRunning, begin
from outproof.learn.drill import Drill, DrillState, Move
from outproof.learn.drill_plan import Act
from outproof.respond.audit import Verb
from outproof.respond.incident import Incident, IncidentState
from outproof.scenario.world import PROJECT, Setting, World, a_world
from tests.builders import NIGHTLY, START, a_promise, by_job

PROMISE = replace(
    a_promise(by_job(Stage.PERSISTED)), schedule=Schedule(cron="0 3 * * *"), drill=DrillRule(within_s=20.0)
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, Setting(declared=Declared(), promises={NIGHTLY: PROMISE}, start=START)) as world:
        yield world


class Refuses:
    """A way into the product that takes nothing."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def tell(self, drilled: Drilled, act: Act, body: bytes, run: RunId) -> None:
        raise self._error


def begun(world: World, fault: Fault = Fault.SKIP_PERSISTENCE, promise: Promise = PROMISE) -> str:
    with world.state.begin() as tx:
        return begin(tx, promise, fault, "ann", world.terms(), project=PROJECT, now=world.clock.at).id


def loaded(world: World, drill: str) -> Drill:
    with world.state.look() as tx:
        found = tx.drills.load(drill)
    assert found is not None
    return found


def incidents(world: World) -> list[Incident]:
    with world.state.look() as tx:
        return list(tx.incidents.newest(list(IncidentState), 100, drills=True))


def bad(drill: Drill) -> list[str]:
    return [f"{check.name}: {check.seen}" for check in drill.checks if not check.passed]


def driller(world: World, error: Exception) -> Driller:
    return Driller(world.state, world.clock, PROJECT, world.terms, Refuses(error))


def test_a_drill_whose_signals_are_refused_fails_with_what_was_said(world: World) -> None:
    drill = begun(world)
    driller(world, Permanent("422: no such key")).tick()
    over = loaded(world, drill)
    assert (over.state, over.move, bad(over)) == (
        DrillState.FAILED,
        Move.OVER,
        ["signals are received: 422: no such key"],
    )


def test_a_drill_whose_signals_cannot_be_taken_is_tried_for_a_while_and_then_fails(world: World) -> None:
    drill = begun(world)
    stuck = driller(world, Transient("the disk is full"))
    stuck.tick()
    assert loaded(world, drill).state is DrillState.RUNNING
    world.clock.at = after(START, 31)
    stuck.tick()
    assert bad(loaded(world, drill)) == ["signals are received: the disk is full"]


@pytest.mark.parametrize(
    ("promises", "seen"),
    [({NIGHTLY: replace(PROMISE, owner="another")}, "changed"), ({}, "taken out of the files")],
)
def test_a_promise_that_changes_under_a_drill_ends_it_and_its_incident(
    world: World, promises: dict[str, Promise], seen: str
) -> None:
    drill = begun(world)
    world.advance(after(START, 0.1))
    [incident] = incidents(world)
    assert incident.state is IncidentState.OPEN
    world.promises = promises
    world.advance(after(START, 5))
    assert bad(loaded(world, drill)) == [f"the promise stays as it is: {seen}"]
    [incident] = incidents(world)
    assert (incident.state, incident.finding.reason) == (
        IncidentState.RESOLVED,
        f"closed by outproof: drill {drill} is over",
    )


def test_what_a_finished_drill_left_behind_opens_nothing_any_more(world: World) -> None:
    drill = begun(world, Fault.NEVER_START)
    fails = driller(world, Permanent("no"))
    fails.tick()  # nothing is said of a run that never starts, so this only has it expected
    assert loaded(world, drill).move is Move.NOTICING
    world.promises = {NIGHTLY: replace(PROMISE, owner="another")}
    fails.tick()
    assert loaded(world, drill).state is DrillState.FAILED
    world.promises = {NIGHTLY: PROMISE}
    world.advance(after(START, 3_600))
    assert incidents(world) == []


def test_of_two_servers_that_move_a_drill_on_one_is_first_and_nothing_happens_twice(world: World) -> None:
    drill = begun(world)
    other = World(world._engine, Setting(declared=Declared(), promises={NIGHTLY: PROMISE}, start=START))
    for seconds in range(1, 40):
        for each in (world, other):
            each.clock.at = after(START, seconds / 2)
            try:
                each.settle()
            except Transient:
                continue
    other.close()
    over = loaded(world, drill)
    assert (over.state, bad(over)) == (DrillState.PASSED, [])
    assert len(incidents(world)) == 1


def test_a_promise_is_drilled_once_at_a_time_and_who_began_it_is_on_record(world: World) -> None:
    drill = begun(world)
    with pytest.raises(DrillRunning, match=drill):
        begun(world, Fault.LATE)
    assert loaded(world, drill).drilled.channels == (LOOPBACK,)
    with world.state.look() as tx:
        [entry] = tx.audit.newest(10)
    assert (entry.actor, entry.verb, entry.subject) == ("ann", Verb.DRILL_STARTED, NIGHTLY)


def test_an_incident_that_does_not_come_in_time_fails_the_drill_and_mends_its_run(world: World) -> None:
    drill = begun(world, Fault.LATE)
    world.settle()
    world.clock.at = after(START, 21)  # nobody looked meanwhile
    another = driller(world, Permanent("nothing is said now"))
    another.tick()
    assert loaded(world, drill).steps[-1].text.startswith("taken up by a server that began meanwhile")
    another.tick()
    failed = loaded(world, drill)
    assert [check.name for check in failed.checks] == ["one incident"]
    world.advance(after(START, 60))
    over = loaded(world, drill)
    assert over.state is DrillState.FAILED
    assert [incident for incident in incidents(world) if incident.state is not IncidentState.RESOLVED] == []
