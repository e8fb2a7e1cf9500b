from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId, ProjectId, RunId
from outproof.core.time import after
from outproof.engine.record import record
from outproof.respond.incident import EntryKind, IncidentState, respond
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


def see(state: SqlState, seconds: float, *, firing: bool = True, key: str = "policy:unsafe") -> IncidentId | None:
    now = after(NOON, seconds)
    with state.begin() as tx:
        return record(tx, a_finding(firing=firing, key=key), project=PROJECT, routes=ROUTES, now=now)


def test_a_break_soon_after_the_end_is_the_same_incident_and_a_later_one_is_another(state: SqlState) -> None:
    first = see(state, 0)
    see(state, 1, firing=False)
    assert see(state, 2) == first
    see(state, 3, firing=False)
    later = see(state, 3 + 900)
    assert later != first
    with state.begin() as tx:
        assert [incident.id for incident in tx.incidents.newest(ALL, 100)] == [later, first]
        assert tx.incidents.newest([IncidentState.OPEN], 100) == tx.incidents.newest(ALL, 1)
        current = tx.incidents.current("policy:unsafe")
        assert current is not None
        assert (current.id, current.state) == (later, IncidentState.OPEN)
        assert [entry.kind for entry in tx.incidents.timeline(first or IncidentId(""))] == [
            EntryKind.OPENED,
            EntryKind.RESOLVED,
            EntryKind.REOPENED,
            EntryKind.RESOLVED,
        ]


def test_the_current_incident_of_a_key_is_the_one_that_ended_last(state: SqlState) -> None:
    for seconds in (0, 2_000):
        see(state, seconds)
        see(state, seconds + 1, firing=False)
    newest = see(state, 4_000)
    see(state, 4_001, firing=False)
    with state.look() as tx:
        current = tx.incidents.current("policy:unsafe")
        assert current is not None
        assert (current.id, current.state) == (newest, IncidentState.RESOLVED)
        assert tx.incidents.current("another key") is None


@pytest.mark.parametrize("gone_s", [10, 2_000])
def test_fifty_who_see_it_break_again_at_once_reopen_it_once_or_open_one_other(home: Home, gone_s: int) -> None:
    with a_state(home) as one, a_state(home) as two:
        first = see(one, 0)
        see(one, 1, firing=False)
        with ThreadPoolExecutor(50) as pool:
            ids = set(pool.map(lambda n: see((one, two)[n % 2], 1 + gone_s + n / 1_000), range(50)))
        assert len(ids) == 1
        assert (ids == {first}) is (gone_s < 900)
        with one.look() as tx:
            lines = [entry.kind for each in tx.incidents.newest(ALL, 10) for entry in tx.incidents.timeline(each.id)]
            [incident] = tx.incidents.newest([IncidentState.OPEN], 10)
    assert len(incident.reopened) == (gone_s < 900)
    assert len(lines) == 3


def test_of_who_reopens_and_who_opens_anew_at_once_one_gives_way(home: Home) -> None:
    """At the end of the time in which it reopens, two servers may think differently of it."""
    with a_state(home) as one, a_state(home) as two:
        first = see(one, 0)
        see(one, 1, firing=False)
        with ThreadPoolExecutor(50) as pool:
            ids = set(pool.map(lambda n: see((one, two)[n % 2], 1 + 899.975 + n / 1_000), range(50)))
        assert len(ids) == 1
        with one.look() as tx:
            assert [each.id for each in tx.incidents.newest([IncidentState.OPEN], 10)] == list(ids)
            assert len(tx.incidents.of_key("policy:unsafe")) == len({first, *ids})


def test_an_incident_that_cannot_reopen_because_another_opened_gives_way(state: SqlState) -> None:
    see(state, 0)
    see(state, 1, firing=False)
    with state.begin() as tx:
        current = tx.incidents.current("policy:unsafe")
        assert current is not None
        reopened = respond(a_finding(), current, project=PROJECT, now=after(NOON, 2)).incident
        assert reopened is not None
        other = replace(an_incident(), id=IncidentId("inc_other"))
        assert tx.incidents.save(other, expected=0)
        assert not tx.incidents.save(reopened, expected=current.generation)
        assert tx.incidents.unresolved("policy:unsafe") == other  # and the transaction goes on


def test_what_somebody_may_have_to_be_told_of_comes_when_it_is_due(state: SqlState) -> None:
    incident = an_incident()
    with state.begin() as tx:
        tx.incidents.save(replace(incident, tell_at=after(NOON, 60)), expected=0)
        tx.incidents.save(an_incident(key="policy:other"), expected=0)
        assert tx.incidents.to_tell(after(NOON, 59), 10) == []
        assert [each.id for each in tx.incidents.to_tell(after(NOON, 60), 10)] == [incident.id]


def test_incidents_are_found_by_their_run_by_what_they_are_part_of_and_by_when_they_were_open(state: SqlState) -> None:
    whole, over = an_incident(), an_incident(key="policy:over")
    part = replace(an_incident(key="policy:part", run_id=RunId("run_x")), part_of=whole.id)
    ended = respond(a_finding(key="policy:over", firing=False), over, project=PROJECT, now=after(NOON, 60)).incident
    assert ended is not None
    with state.begin() as tx:
        for each in (whole, part, ended):
            assert tx.incidents.save(each, expected=0)
        assert tx.incidents.parts(whole.id, 10) == tx.incidents.of_run(RunId("run_x"), 10) == [part]
        assert {each.id for each in tx.incidents.open_since(after(NOON, 59), 10)} == {whole.id, part.id, over.id}
        assert {each.id for each in tx.incidents.open_since(after(NOON, 60), 10)} == {whole.id, part.id}
        assert len(tx.incidents.open_since(NOON, 2)) == 2


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
        assert tx.incidents.current("policy:unsafe") is None
        assert tx.incidents.newest(ALL, 100) == []
        assert tx.incidents.open_since(NOON, 100) == []
        assert list(tx.incidents.timeline(mine)) == []
        assert list(tx.outbox.deliveries(mine)) == []
        assert tx.outbox.due_channels(after(NOON, 60)) == []
        theirs = record(tx, a_finding(), project=ProjectId("rival"), routes=ROUTES, now=NOON)
        assert theirs not in (None, mine)
