"""What responders did, and the audit log, on every state store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from outproof.contract.action import ActionKind
from outproof.core.ids import IncidentId, ProjectId, RunId
from outproof.core.time import after
from outproof.respond.action import ActionRecord, ActionState
from outproof.respond.audit import AuditEntry, Verb
from outproof.respond.incident import Incident
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, Home, a_state
from tests.unit.respond.findings import an_incident

RUN = RunId("run_1")


def an_act(number: int = 1, **fields: Any) -> ActionRecord:
    given: dict[str, Any] = {
        "id": f"act_{number}",
        "key": f"key_{number}",
        "incident_id": an_incident().id,
        "run_id": RUN,
        "action": "retry",
        "kind": ActionKind.RETRY,
        "state": ActionState.INTENDED,
        "does": "Do it again.",
        "by": "ann",
        "at": after(NOON, number),
        "give_up_at": after(NOON, number + 35),
        "parameters": {"items": ("a", "b"), "n": 3, "deep": True, "why": "late"},
    }
    return ActionRecord(**{**given, **fields})


@pytest.fixture(autouse=True)
def incident(state: SqlState) -> Incident:
    found = an_incident()
    with state.begin() as tx:
        assert tx.incidents.save(found, expected=0)
    return found


def save(state: SqlState, record: ActionRecord) -> bool:
    with state.begin() as tx:
        return tx.actions.save(record)


def test_an_act_is_kept_as_it_was(state: SqlState) -> None:
    assert save(state, an_act())
    with state.look() as tx:
        assert tx.actions.load("act_1") == an_act()
        assert tx.actions.of_key("key_1") == an_act()
        assert (tx.actions.load("act_2"), tx.actions.of_key("key_2")) == (None, None)


def test_of_two_who_ask_for_the_same_act_one_is_first(state: SqlState) -> None:
    with ThreadPoolExecutor(8) as pool:
        saved = list(pool.map(lambda n: save(state, an_act(id=f"act_{n}", key="same")), range(8)))
    assert saved.count(True) == 1


def test_of_two_who_change_an_act_one_is_first(state: SqlState) -> None:
    save(state, an_act())
    changed = replace(an_act(), state=ActionState.RUNNING, generation=2)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: save(state, changed), range(4))).count(True) == 1
    assert not save(state, replace(an_act(), state=ActionState.FAILED, generation=2))
    with state.look() as tx:
        assert tx.actions.load("act_1") == changed


def test_acts_are_listed_by_incident_run_and_whether_they_are_over(state: SqlState) -> None:
    for number in range(1, 6):
        over = ActionState.SUCCEEDED if number % 2 else ActionState.RUNNING
        save(state, an_act(number, state=over, run_id=RUN if number < 4 else None))
    with state.look() as tx:
        assert [act.id for act in tx.actions.of_incident(an_incident().id, 3)] == ["act_3", "act_4", "act_5"]
        assert [act.id for act in tx.actions.of_run(RUN, "retry", 2)] == ["act_3", "act_2"]
        assert tx.actions.of_run(RUN, "other", 2) == []
        assert [act.id for act in tx.actions.unfinished(10)] == ["act_2", "act_4"]
        assert tx.actions.of_incident(IncidentId("inc_other"), 3) == []


def test_the_audit_log_is_read_from_its_end_and_has_a_limit(state: SqlState) -> None:
    entries = [AuditEntry(after(NOON, n), "ann", Verb.ACTION_ASKED, f"inc_{n}", "x" * 5_000) for n in range(3)]
    with state.begin() as tx:
        for entry in entries:
            tx.audit.add(entry)
    with state.look() as tx:
        newest = tx.audit.newest(2)
    assert [entry.subject for entry in newest] == ["inc_2", "inc_1"]
    assert len(newest[0].detail) == 2_000


def test_one_project_sees_nothing_of_another(home: Home) -> None:
    with a_state(home) as ours, a_state(home, ProjectId("other")) as theirs:
        save(ours, an_act())
        with ours.begin() as tx:
            tx.audit.add(AuditEntry(NOON, "ann", Verb.ACTION_ASKED, "inc_1"))
        with theirs.look() as tx:
            assert tx.actions.of_key("key_1") is None
            assert tx.actions.unfinished(10) == []
            assert tx.audit.newest(10) == []
        assert not save(theirs, replace(an_act(), generation=2))
