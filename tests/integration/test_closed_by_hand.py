"""Incidents that ended although something is still broken: nobody is told the same twice, and news opens one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outproof.contract.run import Claim, Observer, Proof, SignalKind, Stage
from outproof.contract.schedule import Schedule
from outproof.core.ids import DEFAULT_PROJECT, run_id
from outproof.decide.finding import FindingKind
from outproof.engine.settle import Occasion, settle
from outproof.respond.incident import Incident, IncidentState, close
from outproof.store.state.state import SqlState
from tests.builders import NIGHTLY, by_job
from tests.contract.state.opened import PROJECT, a_state
from tests.integration.test_decide import Watch
from tests.integration.test_schedule_road import Night, scheduled
from tests.unit.decide.policies import a_threshold

DAILY = Schedule(cron="0 1 * * *", grace_s=300.0)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield state


def close_by_hand(night: Night) -> None:
    incident = night.incident()
    with night.state.begin() as tx:
        response = close(incident, "ann", "known", night.clock.at)
        assert response.incident is not None
        assert tx.incidents.save(response.incident, expected=incident.generation)


def look(night: Night, external_id: str, occasion: Occasion = Occasion.LOOK) -> None:
    run = run_id(DEFAULT_PROJECT, NIGHTLY, external_id)
    with night.state.begin() as tx:
        settle(tx, run, occasion, night.terms, project=DEFAULT_PROJECT, now=night.clock.at)


def kinds(night: Night) -> list[tuple[FindingKind, IncidentState]]:
    incidents: list[Incident] = sorted(night.incidents(), key=lambda incident: incident.opened_at)
    return [(incident.finding.kind, incident.state) for incident in incidents]


def test_what_was_closed_by_hand_stays_closed_however_often_it_is_looked_at(state: SqlState) -> None:
    night = Night(state, scheduled(DAILY))
    night.until(1.01)
    night.open("one")
    night.until(1.4)
    close_by_hand(night)
    for minutes in range(10):
        night.until(1.5 + minutes / 60)
        look(night, "one")
        night.tell("one", SignalKind.NOTED, note=f"still at it {minutes}")
    assert kinds(night) == [(FindingKind.LATE, IncidentState.RESOLVED)]


def test_what_was_closed_by_hand_stays_closed_when_it_gets_on(state: SqlState) -> None:
    promise = replace(scheduled(DAILY), proofs=by_job(Stage.GENERATED, Stage.PERSISTED))
    night = Night(state, promise)
    night.until(1.01)
    night.open("one")
    night.until(1.4)
    close_by_hand(night)
    proof = Proof(stage=Stage.GENERATED, observer=Observer.JOB, passed=True, at=night.clock.at)
    night.tell("one", SignalKind.PROVED, proof=proof)
    assert kinds(night) == [(FindingKind.LATE, IncidentState.RESOLVED)]


def test_a_run_whose_promise_was_declared_too_late_is_told(state: SqlState) -> None:
    night = Night(state, scheduled(DAILY))
    promises, night.terms = night.terms.promises, replace(night.terms, promises={})
    night.open("one")
    night.tell("one", SignalKind.CLOSED, claim=Claim.SUCCESS)
    assert kinds(night) == []
    night.terms = replace(night.terms, promises=promises)
    look(night, "one")
    assert kinds(night) == [(FindingKind.UNVERIFIED, IncidentState.OPEN)]


def test_a_run_that_turns_out_worse_after_that_is_told(state: SqlState) -> None:
    night = Night(state, scheduled(DAILY))
    night.until(1.01)
    night.open("one")
    night.until(1.4)
    close_by_hand(night)
    night.until(1.5)
    night.fail("one")
    assert kinds(night) == [(FindingKind.LATE, IncidentState.RESOLVED), (FindingKind.FAILED, IncidentState.OPEN)]


def test_the_next_run_that_is_missed_after_that_is_told(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(1.2)
    close_by_hand(night)
    night.until(1.9)
    assert kinds(night) == [(FindingKind.NEVER_STARTED, IncidentState.RESOLVED)]
    night.until(2.2)
    assert len(kinds(night)) == 2


def test_a_run_that_hangs_and_that_a_later_one_made_up_for_is_not_told_again(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(cron="*/10 * * * *", grace_s=60.0), stuck_after_s=900.0))
    night.until(10 / 60)
    night.open("hangs")
    night.until(19 / 60)
    look(night, "hangs")
    for minutes in range(20, 120, 10):
        night.until(minutes / 60)
        night.open(f"good-{minutes}")
        night.prove(f"good-{minutes}")
        night.tell(f"good-{minutes}", SignalKind.CLOSED, claim=Claim.SUCCESS)
        night.until((minutes + 8) / 60)
        look(night, "hangs")
    assert kinds(night) == [(FindingKind.STUCK, IncidentState.RESOLVED)]


def test_a_run_of_its_own_that_is_kept_and_breaks_once_more_is_told_once_more(state: SqlState) -> None:
    night = Night(state, replace(scheduled(), schedule=None))
    night.until(0.1)
    night.open("one")
    night.until(0.5)
    night.prove("one")
    night.until(0.6)
    night.fail("one")
    night.until(0.7)
    look(night, "one")
    assert kinds(night) == [(FindingKind.FAILED, IncidentState.OPEN)]  # the same, reopened: it was over for minutes
    with state.look() as tx:
        [incident] = tx.incidents.newest(list(IncidentState), 10)
        assert len(incident.reopened) == 1


def test_a_threshold_that_is_still_passed_opens_no_other_until_it_was_held(tmp_path: Path) -> None:
    with a_state(tmp_path, PROJECT) as state:
        watch = Watch(state, a_threshold(when="ttft_p95 > 200ms", for_s=0.0, min_answers=1))
        passed = {"answers": 6, "decided": 6, "calls": 6, "ttft_p95": 0.240}
        watch.measure(**passed)
        watch.tick(1)
        with state.begin() as tx:
            [incident] = tx.incidents.newest(list(IncidentState), 10)
            over = close(incident, "ann", "known", watch.clock.at).incident
            assert over is not None
            assert tx.incidents.save(over, expected=incident.generation)
        for _ in range(5):
            watch.tick(2)
        assert len(watch.incidents()) == 1
        watch.measure(**{**passed, "ttft_p95": 0.1})
        watch.tick(600)
        watch.tick(600)
        watch.measure(**passed)
        watch.tick(10)
        assert len(watch.incidents()) == 2
