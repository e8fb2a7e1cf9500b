"""Runs that a schedule expects, on a real database with the time passed in: what never starts, what comes late."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outproof.contract.promise import Promise
from outproof.contract.run import Claim, Observer, Proof, Signal, SignalKind, Stage
from outproof.contract.schedule import Schedule
from outproof.core.ids import DEFAULT_PROJECT, run_id
from outproof.core.time import Instant, after, instant_from_rfc3339
from outproof.decide.finding import FindingKind
from outproof.engine.schedule import Scheduler
from outproof.engine.settle import Occasion, Settler, Terms, settle
from outproof.prove.holds import Downtime, Holds
from outproof.prove.slots import Slot, SlotState
from outproof.respond.incident import EntryKind, Incident, IncidentState
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.builders import NIGHTLY, a_promise, a_signal, by_job
from tests.contract.state.opened import SetClock, a_state

MIDNIGHT = instant_from_rfc3339("2026-11-21T00:00:00Z")
HOURLY = Schedule(cron="0 * * * *", grace_s=300.0)
HOUR_S = 3_600.0


def scheduled(schedule: Schedule = HOURLY, **changes: object) -> Promise:
    promise = replace(a_promise(by_job(Stage.PERSISTED)), due_s=1_200.0, schedule=schedule)
    return replace(promise, **changes)  # type: ignore[arg-type]  # any fields


class Night:
    """A promise on a schedule from midnight on; `pass_time` ticks the loops every half minute."""

    def __init__(self, state: SqlState, promise: Promise, began: Instant = MIDNIGHT) -> None:
        self.state = state
        self.clock = SetClock(began)
        self.terms = Terms({promise.name: promise}, Routes(("pager",)))
        self.scheduler = self.a_scheduler()
        self.settler = Settler(state, self.clock, DEFAULT_PROJECT, lambda: self.terms)
        self.scheduler.tick()

    def a_scheduler(self, away_since: Instant | None = None) -> Scheduler:
        return Scheduler(self.state, self.clock, DEFAULT_PROJECT, lambda: self.terms, away_since=away_since)

    def until(self, hours: float) -> None:
        end = after(MIDNIGHT, hours * HOUR_S)
        while self.clock.at < end:
            self.clock.at = min(after(self.clock.at, 30.0), end)
            while self.scheduler.tick() | self.settler.tick():
                pass

    def tell(self, external_id: str, kind: SignalKind, **fields: object) -> None:
        run = run_id(DEFAULT_PROJECT, NIGHTLY, external_id)
        made = a_signal(kind, 0, run_id=run, **fields)
        signal: Signal = replace(made, external_id=external_id, received_at=self.clock.at)
        with self.state.begin() as tx:
            tx.runs.receive(signal)
            settle(tx, run, Occasion.SIGNAL, self.terms, project=DEFAULT_PROJECT, now=self.clock.at)

    def open(self, external_id: str) -> None:
        self.tell(external_id, SignalKind.OPENED)

    def prove(self, external_id: str) -> None:
        proof = Proof(stage=Stage.PERSISTED, observer=Observer.JOB, passed=True, at=self.clock.at)
        self.tell(external_id, SignalKind.PROVED, proof=proof)

    def fail(self, external_id: str) -> None:
        self.tell(external_id, SignalKind.CLOSED, claim=Claim.FAILURE, error_type="OSError")

    def slots(self) -> list[Slot]:
        with self.state.look() as tx:
            return list(reversed(tx.slots.recent(NIGHTLY, self.clock.at, 100)))

    def states(self) -> list[str]:
        return [slot.state.value for slot in self.slots()]

    def incidents(self) -> list[Incident]:
        with self.state.look() as tx:
            return list(tx.incidents.newest(list(IncidentState), 100))

    def incident(self) -> Incident:
        [incident] = self.incidents()
        return incident


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield state


def test_a_run_that_never_starts_is_an_incident_when_its_grace_is_over(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(1 + 299 / HOUR_S)
    assert night.incidents() == []
    night.until(1.1)
    incident = night.incident()
    assert incident.finding.kind is FindingKind.NEVER_STARTED
    assert incident.finding.title == "nightly-digests: the run expected at 2026-11-21 01:00 UTC never started"
    assert incident.told == ("pager",)
    assert night.states() == ["missed"]


def test_the_slot_is_there_before_its_time(state: SqlState) -> None:
    Night(state, scheduled())
    with state.look() as tx:
        newest = tx.slots.newest(NIGHTLY, None)
    assert newest is not None
    assert (newest.at, newest.state) == (after(MIDNIGHT, HOUR_S), SlotState.EXPECTED)


def test_every_further_missed_run_is_one_more_occurrence_of_the_same_incident(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(4.5)
    assert night.states() == ["missed"] * 4
    incident = night.incident()
    assert incident.finding.occurrences == 4
    assert [about.name for about in incident.broken][-1] == "the run expected at 2026-11-21T04:00:00.000000Z"
    with state.look() as tx:
        assert [delivery.kind.value for delivery in tx.outbox.deliveries(incident.id)] == ["opened"]


def test_a_run_that_comes_late_goes_on_with_the_incident_until_it_is_proven(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(1.2)
    night.open("late-one")
    incident = night.incident()
    assert (incident.state, incident.finding.kind) == (IncidentState.OPEN, FindingKind.LATE)
    assert incident.finding.title == "nightly-digests: run late-one began late"
    night.prove("late-one")
    assert night.incident().state is IncidentState.RESOLVED
    assert night.states() == ["kept"]


def test_the_deadline_of_a_scheduled_run_counts_from_its_slot(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(1 + 200 / HOUR_S)
    night.open("slow-one")
    night.until(1 + 1_199 / HOUR_S)
    assert night.incidents() == []
    night.until(1 + 1_200 / HOUR_S)
    assert night.incident().finding.kind is FindingKind.LATE


def test_a_run_that_begins_a_little_early_is_the_slot_s(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(1 - 30 / HOUR_S)
    night.open("eager")
    night.prove("eager")
    night.until(1.5)
    assert night.states() == ["kept"]
    assert night.incidents() == []


def test_a_later_kept_run_ends_the_incident_and_names_what_was_never_repaired(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(2.01)
    night.open("two")
    night.prove("two")
    incident = night.incident()
    assert incident.state is IncidentState.RESOLVED
    assert "never repaired: the run expected at 2026-11-21T01:00" in incident.finding.reason


def test_an_earlier_run_that_is_repaired_does_not_hide_that_the_newest_is_broken(state: SqlState) -> None:
    night = Night(state, scheduled())
    for hour in (1, 2):
        night.until(hour + 0.01)
        night.open(f"run-{hour}")
        night.fail(f"run-{hour}")
    assert night.incident().finding.occurrences == 2
    night.open("run-1")
    night.prove("run-1")
    night.tell("run-1", SignalKind.CLOSED, claim=Claim.SUCCESS)
    incident = night.incident()
    assert incident.state is IncidentState.OPEN
    assert [about.name for about in incident.broken] == ["run run-2"]
    with state.look() as tx:
        assert tx.incidents.timeline(incident.id)[-1].kind is EntryKind.PROOF


def test_a_run_that_is_stuck_beside_a_newer_good_one_is_told(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(cron="*/10 * * * *", grace_s=60.0), stuck_after_s=900.0))
    night.until(10 / 60)
    night.open("hangs")
    night.until(20 / 60)
    night.open("good")
    night.prove("good")
    night.tell("good", SignalKind.CLOSED, claim=Claim.SUCCESS)
    assert night.incidents() == []
    night.until(25.5 / 60)
    assert (night.incident().finding.kind, night.incident().finding.title) == (
        FindingKind.STUCK,
        "nightly-digests: run hangs is stuck",
    )


def test_a_second_run_of_a_kept_slot_has_a_deadline_of_its_own(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(cron="0 1 * * *", grace_s=300.0)))
    night.until(1)
    night.open("first")
    night.prove("first")
    night.until(12)
    night.open("by-hand")
    with state.look() as tx:
        run = tx.runs.load(run_id(DEFAULT_PROJECT, NIGHTLY, "by-hand"))
    assert run is not None
    assert run.slot_at is None
    assert run.due_at == after(night.clock.at, 1_200.0)
    assert night.incidents() == []


def test_a_new_promise_expects_nothing_of_the_past(state: SqlState) -> None:
    night = Night(state, scheduled(), after(MIDNIGHT, 10.5 * HOUR_S))
    night.until(10.9)
    assert (night.slots(), night.incidents()) == ([], [])


def test_a_paused_promise_expects_nothing_and_invents_nothing_when_it_goes_on(state: SqlState) -> None:
    night = Night(state, scheduled(paused=True))
    night.until(3.5)
    assert night.states() == ["paused"] * 3
    night.terms = replace(night.terms, promises={NIGHTLY: scheduled()})
    night.until(4.5)
    assert night.states() == ["paused"] * 3 + ["missed"]


def test_slots_that_came_while_nobody_looked_are_judged_when_the_hold_is_over(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(0.5)
    away, back = night.clock.at, after(MIDNIGHT, 3.5 * HOUR_S)
    night.clock.at = back
    night.terms = replace(night.terms, holds=Holds.of([Downtime(away, back, after(back, 300.0))]))
    night.scheduler = night.a_scheduler(away)
    night.until(3.5 + 290 / HOUR_S)
    assert (night.states(), night.incidents()) == (["expected"] * 3, [])
    night.until(3.6)
    assert night.states() == ["missed"] * 3
    assert night.incident().finding.occurrences == 3


def test_a_restart_without_downtime_changes_nothing(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(1.01)
    night.scheduler = night.a_scheduler()
    night.until(2.5)
    assert night.states() == ["missed", "missed"]


def test_an_interval_counts_from_the_beginning_of_the_last_run(state: SqlState) -> None:
    night = Night(state, scheduled(Schedule(every_s=600.0, grace_s=60.0)))
    for minutes in (5, 14, 23):
        night.until(minutes / 60)
        night.open(f"at-{minutes}")
        night.prove(f"at-{minutes}")
    night.until(33.5 / 60)
    assert night.incidents() == []
    night.until(34.5 / 60)
    assert night.incident().finding.kind is FindingKind.NEVER_STARTED
    night.until(46 / 60)
    assert night.incident().finding.occurrences == 2


def test_breaks_that_a_later_run_does_not_repair_are_incidents_of_their_own(state: SqlState) -> None:
    night = Night(state, scheduled(later_run_repairs=False))
    night.until(2.5)
    assert len(night.incidents()) == 2
    night.open("for-two")
    night.prove("for-two")
    states = sorted(incident.state for incident in night.incidents())
    assert states == [IncidentState.OPEN, IncidentState.RESOLVED]


def test_a_schedule_that_changed_does_not_miss_what_it_no_longer_expects(state: SqlState) -> None:
    night = Night(state, scheduled())
    night.until(0.5)
    night.terms = replace(night.terms, promises={NIGHTLY: scheduled(Schedule(cron="30 2 * * *", grace_s=300.0))})
    night.until(2.4)
    assert (night.states(), night.incidents()) == (["paused"], [])
    night.until(2.6)
    assert night.incident().finding.kind is FindingKind.NEVER_STARTED
