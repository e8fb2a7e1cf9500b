"""What is asked of many promises at once is what is asked of each alone."""

from dataclasses import replace

import pytest

from outproof.contract.drill import Drilled, Fault
from outproof.core.time import Instant, after
from outproof.prove.folded_run import FoldedRun
from outproof.prove.outcome import Verdict
from outproof.prove.slots import Slot, SlotState
from outproof.store.state.state import SqlState
from tests.builders import another_run
from tests.contract.state.opened import NOON

HOUR_S = 3_600.0
DRILL = Drilled(id="dr_1", fault=Fault.LATE, within_s=60.0, channels=("drill",))


def a_run(promise: str, number: int, started_at: Instant, drill: Drilled | None = None) -> FoldedRun:
    return FoldedRun(
        id=another_run(f"{promise}/{number}"),
        promise=promise,
        external_id=str(number),
        verdict=Verdict.KEPT,
        cause=None,
        first_stage=None,
        reason="kept",
        started_at=started_at,
        opened_at=started_at,
        closed_at=None,
        slot_at=None,
        due_at=None,
        settle_at=None,
        look_at=None,
        looks=0,
        drill=drill,
        generation=1,
    )


def a_slot(promise: str, hours: float, drill: Drilled | None = None) -> Slot:
    at = after(NOON, hours * HOUR_S)
    return Slot(promise=promise, at=at, start_by=at, due_at=at, drill=drill)


@pytest.fixture
def filled(state: SqlState) -> SqlState:
    with state.begin() as tx:
        for promise in ("a", "b"):
            for number in range(3):
                tx.runs.save(a_run(promise, number, after(NOON, number)), None)
            tx.runs.save(a_run(promise, 9, after(NOON, 9), DRILL), None)
            tx.slots.put([a_slot(promise, hours) for hours in (-2, -1, 1)])
            tx.slots.put([a_slot(promise, 5, DRILL)])
    return state


def test_the_newest_run_of_each(filled: SqlState) -> None:
    with filled.look() as tx:
        newest = tx.runs.newest_of(["a", "nobody", "b"])
        assert newest == {name: tx.runs.latest(name, 1)[0] for name in ("a", "b")}


@pytest.mark.parametrize("until", [NOON, None])
def test_the_newest_slot_of_each(filled: SqlState, until: Instant | None) -> None:
    with filled.look() as tx:
        newest = tx.slots.newest_of(["a", "nobody", "b"], until)
        assert newest == {name: tx.slots.newest(name, until) for name in ("a", "b")}


def test_more_promises_than_a_statement_takes_values(filled: SqlState) -> None:
    names = [*(f"n-{number}" for number in range(40_000)), "b"]
    with filled.look() as tx:
        assert list(tx.runs.newest_of(names)) == ["b"]
        assert tx.runs.newest_of([]) == {}


def test_what_nobody_began_is_awaited(filled: SqlState) -> None:
    with filled.begin() as tx:
        last = tx.slots.newest("a", None)
        assert last is not None
        assert tx.slots.awaited("a") == last
        tx.slots.save(replace(last, state=SlotState.KEPT, generation=2))
        assert tx.slots.awaited("a") == a_slot("a", -1)
