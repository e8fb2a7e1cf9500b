from collections.abc import Callable
from typing import Any

from outproof.contract.run import Signal, Stage
from outproof.core.errors import Transient
from outproof.core.ids import DEFAULT_PROJECT
from outproof.engine.settle import Occasion, Terms, settle
from outproof.prove.outcome import Verdict
from outproof.respond.route import Routes
from outproof.store.state.state import SqlTransaction
from tests.builders import RUN, a_promise, by_job, closed, opened, proved
from tests.contract.state.opened import a_state

PROMISE = a_promise(by_job(Stage.VALIDATED, Stage.PERSISTED))


class Interrupted:
    """Runs whose first read by somebody is followed at once by what somebody else does."""

    def __init__(self, runs: Any, meanwhile: Callable[[], None]) -> None:
        self._runs = runs
        self._meanwhile = [meanwhile]

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._runs, name)

        def act_then_wait(*given: Any) -> Any:
            result = act(*given)
            while self._meanwhile:
                self._meanwhile.pop()()
            return result

        return act_then_wait


def receive(tx: SqlTransaction, signal: Signal, meanwhile: Callable[[], None] | None = None) -> None:
    tx.runs.receive(signal)
    if meanwhile is not None:
        tx.runs = Interrupted(tx.runs, meanwhile)  # type: ignore[assignment]  # the same calls, passed on
    terms = Terms({PROMISE.name: PROMISE}, Routes(("ops",)))
    settle(tx, RUN, Occasion.SIGNAL, terms, project=DEFAULT_PROJECT, now=signal.received_at)


def test_a_proof_that_is_stored_while_another_is_settled_is_never_left_out_of_the_verdict(postgres_home: str) -> None:
    """SQLite lets nobody in between; on PostgreSQL the second must notice, whatever it had read by then."""
    validated, persisted = proved(Stage.VALIDATED, 2), proved(Stage.PERSISTED, 3)
    with a_state(postgres_home, DEFAULT_PROJECT) as mine, a_state(postgres_home, DEFAULT_PROJECT) as rivals:
        for signal in (opened(0), closed(1)):
            with mine.begin() as tx:
                receive(tx, signal)

        def rival() -> None:
            with rivals.begin() as tx:
                receive(tx, persisted)

        try:
            with mine.begin() as tx:
                receive(tx, validated, rival)
        except Transient:
            with mine.begin() as tx:
                receive(tx, validated)
        with mine.begin() as tx:
            run = tx.runs.load(RUN)
            assert run is not None
            assert len(tx.runs.signals(RUN)) == 4
            assert run.verdict is Verdict.KEPT
