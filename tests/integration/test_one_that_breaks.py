"""One run or slot that our code breaks at holds up nobody else's deadline, and is tried again later."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from outproof.contract.run import Stage
from outproof.core.errors import Transient
from outproof.core.ids import DEFAULT_PROJECT, RunId
from outproof.core.time import Instant, after
from outproof.engine.settle import Occasion, settle
from outproof.engine.suspects import LEFT_OUT_S, TRIES, Suspects
from outproof.prove.outcome import Verdict
from outproof.store.state.database import open_engine, transaction
from outproof.store.state.state import SqlState
from tests.builders import NIGHTLY, RUN, a_promise, another_run, at, by_job, opened
from tests.contract.state.opened import a_state, url_of
from tests.integration.test_probe_loop import VISIBLE, Loop, Places


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield state


def damage(home: Path, run: RunId) -> None:
    """Make the signals of a run unreadable: whoever folds it breaks."""
    engine = open_engine(url_of(home))
    with transaction(engine) as connection:
        connection.execute(text("UPDATE signals SET body = '{' WHERE run_id = :run"), {"run": run})
    engine.dispose()


def often(tick: Callable[[], object], times: int = TRIES + 2) -> int:
    """Tick as a loop does, which goes on after a bug. Returns how many ticks failed."""
    failed = 0
    for _ in range(times):
        failed += 1
        with suppress(ValueError):
            tick()
            failed -= 1
    return failed


def test_a_run_that_cannot_be_read_holds_up_no_deadline(state: SqlState, tmp_path: Path) -> None:
    promise = a_promise(by_job(Stage.PERSISTED), due_s=60.0)
    loop = Loop(state, Places(), promise)
    other = another_run("other")
    loop.tell(opened(0))
    with state.begin() as tx:
        tx.runs.receive(replace(opened(1, run_id=other), external_id="other"))
        settle(tx, other, Occasion.SIGNAL, loop.terms, project=DEFAULT_PROJECT, now=at(1))
    damage(tmp_path, RUN)
    loop.clock.seconds = 120
    assert often(loop.settler.tick) == TRIES
    with state.look() as tx:
        found = tx.runs.load(other)
    assert found is not None
    assert found.verdict is Verdict.OVERDUE
    loop.clock.seconds += LEFT_OUT_S + 1
    assert often(loop.settler.tick) == 1  # it is tried once more, and left out again


def test_a_run_that_cannot_be_read_holds_up_no_look(state: SqlState, tmp_path: Path) -> None:
    places = Places()
    loop = Loop(state, places, a_promise({Stage.VISIBLE: VISIBLE}))
    damage(tmp_path, loop.finish("first", NIGHTLY))
    loop.finish("second", NIGHTLY)
    loop.clock.seconds = 2
    often(loop.prober.tick)
    assert len(places.looked) == 1


def test_what_somebody_else_was_in_the_way_of_is_tried_again_at_once() -> None:
    suspects: Suspects[str] = Suspects()
    now = Instant(0)
    for _ in range(2 * TRIES):
        assert suspects.left_out(now) == ()
        with suppress(Transient), suspects.trying():
            for _ in suspects.each(["one"]):
                raise Transient("somebody else was first")
    assert suspects.left_out(now) == ()


def test_what_breaks_now_and_then_is_not_left_out() -> None:
    suspects: Suspects[str] = Suspects()
    for number in range(4 * TRIES):
        now = after(Instant(0), number)
        assert suspects.left_out(now) == ()
        with suppress(ValueError), suspects.trying():
            for _ in suspects.each(["one"]):
                if number % 2:
                    raise ValueError
