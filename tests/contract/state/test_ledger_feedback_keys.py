from collections.abc import Iterator
from dataclasses import replace

import pytest

from outproof.contract.feedback import Feedback, Thumbs
from outproof.core.ids import ProjectId
from outproof.core.keys import Scope
from outproof.ports import LedgerLine
from outproof.store.state.database import open_engine
from outproof.store.state.keys import SqlKeys
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, Home, a_state, url_of

RIVAL = ProjectId("rival")
SAID = Feedback(
    id="f-1", answer_id="trace:span", at=NOON, thumbs=Thumbs.DOWN, escalated=None, comment="the date was wrong"
)


@pytest.fixture
def keys(home: Home) -> Iterator[dict[ProjectId, SqlKeys]]:
    engine = open_engine(url_of(home))
    yield {project: SqlKeys(engine, project) for project in (PROJECT, RIVAL)}
    engine.dispose()


def test_the_ledger_adds_up_by_signal_outcome_and_reason(state: SqlState) -> None:
    with state.begin() as tx:
        tx.ledger.add("runs", "stored", "", 3)
        tx.ledger.add("runs", "rejected", "malformed", 1)
        tx.ledger.add("traces", "stored", "", 0)
    with state.begin() as tx:
        tx.ledger.add("runs", "stored", "", 4)
        assert tx.ledger.lines() == [
            LedgerLine("runs", "rejected", "malformed", 1),
            LedgerLine("runs", "stored", "", 7),
        ]


def test_one_project_never_sees_the_ledger_of_another(home: Home, state: SqlState) -> None:
    with state.begin() as tx:
        tx.ledger.add("runs", "stored", "", 3)
    with a_state(home, RIVAL) as rival, rival.begin() as tx:
        assert tx.ledger.lines() == []
        tx.ledger.add("runs", "stored", "", 1)
        assert [line.count for line in tx.ledger.lines()] == [1]


def test_feedback_is_kept_once_per_project_and_id(home: Home, state: SqlState) -> None:
    with state.begin() as tx:
        assert tx.feedback.add(SAID)
        assert not tx.feedback.add(replace(SAID, thumbs=Thumbs.UP))
        assert tx.feedback.add(replace(SAID, id="f-2", thumbs=None, escalated=True, comment=None))
    with a_state(home, RIVAL) as rival, rival.begin() as tx:
        assert tx.feedback.add(SAID)


def test_a_key_opens_what_it_was_made_for_in_its_own_project(keys: dict[ProjectId, SqlKeys]) -> None:
    mine, rivals = keys[PROJECT], keys[RIVAL]
    assert not mine.any_admin()
    mine.add("digest-1", "collector", Scope.INGEST, NOON)
    assert not mine.any_admin()
    mine.add("digest-2", "ops", Scope.ADMIN, NOON)
    assert mine.any_admin()
    assert [mine.scope_of(digest) for digest in ("digest-1", "digest-2", "digest-3")] == [
        Scope.INGEST,
        Scope.ADMIN,
        None,
    ]
    assert rivals.scope_of("digest-2") is None
    assert not rivals.any_admin()
