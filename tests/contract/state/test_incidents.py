from concurrent.futures import ThreadPoolExecutor

import pytest

from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId, ProjectId
from outproof.core.time import after
from outproof.engine.record import record
from outproof.respond.incident import EntryKind, IncidentState
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, Home, a_state
from tests.unit.respond.findings import ROUTES, a_finding, an_incident

ALL = list(IncidentState)


def test_an_incident_comes_back_as_it_was_saved(state: SqlState) -> None:
    incident = an_incident()
    with state.begin() as tx:
        assert tx.incidents.save(incident, expected=0)
    with state.begin() as tx:
        assert tx.incidents.load(incident.id) == tx.incidents.unresolved(incident.finding.key) == incident
        assert tx.incidents.load(IncidentId("inc_unknown")) is None
        assert tx.incidents.unresolved("another key") is None


def test_a_change_is_refused_when_somebody_was_first(state: SqlState) -> None:
    incident = an_incident()
    with state.begin() as tx:
        assert tx.incidents.save(incident, expected=0)
        assert not tx.incidents.save(incident, expected=0)
        assert not tx.incidents.save(incident, expected=7)
        assert tx.incidents.save(incident, expected=1)


def test_fifty_who_see_the_same_break_at_once_make_one_incident_and_one_set_of_notices(state: SqlState) -> None:
    def see(n: int) -> object:
        with state.begin() as tx:
            return record(tx, a_finding(), project=PROJECT, routes=ROUTES, now=after(NOON, n / 1_000))

    with ThreadPoolExecutor(50) as pool:
        ids = set(pool.map(see, range(50)))
    assert len(ids) == 1
    with state.begin() as tx:
        [incident] = tx.incidents.newest(ALL, 100)
        assert {incident.id} == ids
        assert [entry.kind for entry in tx.incidents.timeline(incident.id)] == [EntryKind.OPENED]
        assert [delivery.channel for delivery in tx.outbox.deliveries(incident.id)] == ["chat", "pager"]


def test_incident_timeline_and_notices_are_saved_together_or_not_at_all(state: SqlState) -> None:
    def record_and_crash() -> None:
        with state.begin() as tx:
            record(tx, a_finding(), project=PROJECT, routes=ROUTES, now=NOON)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        record_and_crash()
    with state.begin() as tx:
        assert tx.incidents.newest(ALL, 100) == []
        assert tx.outbox.due_channels(after(NOON, 60)) == []


def test_a_break_after_the_end_opens_a_second_incident_of_the_same_key(state: SqlState) -> None:
    for seconds, firing in ((0, True), (1, False), (2, True)):
        with state.begin() as tx:
            record(tx, a_finding(firing=firing), project=PROJECT, routes=ROUTES, now=after(NOON, seconds))
    with state.begin() as tx:
        assert [incident.state for incident in tx.incidents.newest(ALL, 100)] == [
            IncidentState.OPEN,
            IncidentState.RESOLVED,
        ]
        assert len(tx.incidents.newest([IncidentState.OPEN], 100)) == 1
        assert len(tx.incidents.newest(ALL, 1)) == 1


def test_recording_what_is_fine_changes_nothing(state: SqlState) -> None:
    with state.begin() as tx:
        assert record(tx, a_finding(firing=False), project=PROJECT, routes=ROUTES, now=NOON) is None
        opened = record(tx, a_finding(), project=PROJECT, routes=ROUTES, now=NOON)
        assert opened is not None
        assert record(tx, a_finding(), project=PROJECT, routes=ROUTES, now=after(NOON, 1)) == opened
        worse = a_finding(severity=Severity.CRITICAL, occurrences=2)
        assert record(tx, worse, project=PROJECT, routes=ROUTES, now=after(NOON, 2)) == opened
        incident = tx.incidents.load(opened)
        assert incident is not None
        assert incident.generation == 2


def test_one_project_never_sees_the_incidents_of_another(home: Home, state: SqlState) -> None:
    with state.begin() as tx:
        mine = record(tx, a_finding(), project=PROJECT, routes=ROUTES, now=NOON)
    assert mine is not None
    with a_state(home, ProjectId("rival")) as rival, rival.begin() as tx:
        assert tx.incidents.load(mine) is None
        assert tx.incidents.unresolved("policy:unsafe") is None
        assert tx.incidents.newest(ALL, 100) == []
        assert list(tx.incidents.timeline(mine)) == []
        assert list(tx.outbox.deliveries(mine)) == []
        assert tx.outbox.due_channels(after(NOON, 60)) == []
        theirs = record(tx, a_finding(), project=ProjectId("rival"), routes=ROUTES, now=NOON)
        assert theirs not in (None, mine)
