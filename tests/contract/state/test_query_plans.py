"""What the loops ask many times a second is found by an index, however many rows there are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from outproof.core.ids import IncidentId, RunId
from outproof.core.time import NEVER
from outproof.store.state.database import open_engine, transaction
from outproof.store.state.state import SqlTransaction
from tests.contract.state.opened import NOON, PROJECT, url_of

QUESTIONS: dict[str, tuple[Callable[[SqlTransaction], object], str]] = {
    "runs that are due": (lambda tx: tx.runs.unsettled(NOON, 50), "ix_runs_settle"),
    "runs to look at": (lambda tx: tx.runs.unseen(NOON, 50, leaving_out=["p"]), "ix_runs_probe"),
    "slots that are due": (lambda tx: tx.slots.unsettled(NOON, 50), "ix_slots_settle"),
    "pulses that are stale": (lambda tx: tx.pulses.stale(NOON, 50), "ix_pulses_stale"),
    "surfaces to look at": (lambda tx: tx.pulses.unseen(NOON, 50), "ix_pulses_look"),
    "acts that nobody finished": (lambda tx: tx.actions.unfinished(50), "ix_actions_state"),
    "the last good run": (lambda tx: tx.runs.last_kept("p", NEVER), "ix_runs_promise_verdict"),
    "the newest runs": (lambda tx: tx.runs.latest(None, 50), "ix_runs_first"),
    "the newest runs of a promise": (lambda tx: tx.runs.latest("p", 50), "ix_runs_promise_first"),
    "incidents of runs": (lambda tx: tx.runs.incident_ids([RunId("r")]), "ix_incidents_run"),
    "incidents that somebody may have to be told of": (lambda tx: tx.incidents.to_tell(NOON, 50), "ix_incidents_tell"),
    "parts of an incident": (lambda tx: tx.incidents.parts(IncidentId("i"), 50), "ix_incidents_part"),
    "silences in force": (lambda tx: tx.silences.active(NOON), "ix_silences_end"),
    "notices that are due": (lambda tx: tx.outbox.due_channels(NOON), "ix_outbox_due"),
    "drills that are running": (lambda tx: tx.drills.running(50), "ix_drills_state"),
}


@contextmanager
def asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are executed meanwhile."""
    statements: list[tuple[str, Any]] = []

    def note(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_index_answers(question: str, tmp_path: Path) -> None:
    ask, index = QUESTIONS[question]
    engine = open_engine(url_of(tmp_path))
    with transaction(engine) as connection:
        with asked(engine) as statements:
            ask(SqlTransaction(connection, PROJECT))
        [(statement, parameters)] = statements
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    plan = "; ".join(row[3] for row in rows)
    assert f"USING INDEX {index} " in plan, plan
    engine.dispose()


def test_many_promises_are_looked_up_one_by_one(tmp_path: Path) -> None:
    engine = open_engine(url_of(tmp_path))
    with transaction(engine) as connection:
        with asked(engine) as statements:
            SqlTransaction(connection, PROJECT).slots.newest_of(["a", "b"], NOON)
        [(statement, parameters)] = statements
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    outer, inner, *_ = (row[3] for row in rows)
    assert outer.startswith("SCAN asked")
    assert "(project_id=? AND promise=? AND at=?)" in inner
    engine.dispose()
