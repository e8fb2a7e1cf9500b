"""The monitor's watch over itself: stalled components, silent servers, watchers outside, and what it is blind to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import pytest

from outproof.contract.statement import Lane, Statement, Told
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import Instant, after
from outproof.decide.finding import FindingKind
from outproof.decide.monitoring import BEAT_EVERY_S, BeatStyle, BeatTarget, Blind, Monitoring
from outproof.decide.question import Ask, Looks, Seen, Span
from outproof.decide.stalled import ComponentState
from outproof.egress.beats import Beat
from outproof.engine.blindness import FOLD_AFTER_S, MISSING_S, WRITE_OFF_S, Blindness
from outproof.engine.heartbeat import TROUBLED_S, UNHEARD_S, Heartbeat
from outproof.engine.vitals import Vitals
from outproof.respond.incident import Incident, IncidentState
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, SetClock, a_state

ONE, OTHER = "a" * 16, "b" * 16


class Site:
    """A state and a clock, with whatever watches them."""

    def __init__(self, state: SqlState) -> None:
        self.state = state
        self.clock = SetClock()
        self.monitoring = Monitoring(blind=Blind(decided_ratio_min=0.9))

    def watched(self) -> Monitoring:
        return self.monitoring

    def incidents(self) -> list[Incident]:
        """Open ones, the newest first."""
        with self.state.look() as tx:
            return list(tx.incidents.newest([IncidentState.OPEN], 100))

    def titles(self) -> list[str]:
        return [incident.finding.title for incident in self.incidents()]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield Site(state)


class Server:
    """One server's components and its vitals."""

    def __init__(self, site: Site, name: str = "web-1") -> None:
        self.site = site
        self.hung: set[str] = set()
        self.failing: dict[str, str] = {}
        self._done: dict[str, Instant] = {}
        self.vitals = Vitals(
            site.state, site.clock, DEFAULT_PROJECT, name, components=self.components, monitoring=site.watched
        )

    def components(self) -> Sequence[ComponentState]:
        for name in ("decide", "intake"):
            if name not in self.hung and name not in self.failing:
                self._done[name] = self.site.clock.now()
        return [
            ComponentState(name=name, at=self._done[name], quiet_s_max=8.0, failure=self.failing.get(name))
            for name in ("decide", "intake")
        ]

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 2.5)):
            self.site.clock.forward(2.5)
            self.vitals.tick()


def test_a_component_that_hangs_is_one_incident_which_ends_when_it_works_again(site: Site) -> None:
    server = Server(site)
    server.run(60)
    assert site.incidents() == []
    server.hung = {"decide"}
    server.run(27.5)
    assert site.incidents() == []
    server.run(5)
    [incident] = site.incidents()
    assert incident.finding.kind is FindingKind.STALLED
    assert incident.finding.title == "Outproof on web-1: decide has stalled"
    generation = incident.generation
    server.run(60)
    assert site.incidents()[0].generation == generation, "time that passes is no news"
    server.hung = set()
    server.run(2.5)
    assert site.incidents() == []


def test_a_store_that_is_away_is_one_incident_though_every_component_fails(site: Site) -> None:
    server = Server(site)
    server.run(60)
    server.failing = {"decide": "the event store is away", "intake": "the event store is away"}
    server.run(60)
    assert site.titles() == ["Outproof on web-1: decide, intake have stalled"]


def test_nobody_is_told_of_a_host_that_slept(site: Site) -> None:
    server = Server(site)
    server.run(60)
    before = server.components()
    site.clock.forward(3_600)
    server.components = lambda: before  # type: ignore[method-assign]  # as the loops are right after waking up
    awake = Vitals(site.state, site.clock, DEFAULT_PROJECT, "web-1", components=lambda: before, monitoring=site.watched)
    awake.tick()
    assert site.incidents() == []


def test_a_server_that_dies_is_told_of_by_another_and_one_that_says_goodbye_is_not(site: Site) -> None:
    here, there = Server(site, "web-1"), Server(site, "web-2")
    for _ in range(30):
        here.run(2.5)
        there.vitals.tick()
    here.run(60)
    assert site.titles() == ["Outproof on web-2 is gone"]
    there.vitals.tick()
    here.run(2.5)
    assert site.incidents() == []
    there.vitals.stop()
    here.run(60)
    assert site.incidents() == []


class Ears:
    """A watcher that takes beats, or not; `hold` makes it hang."""

    def __init__(self) -> None:
        self.heard: list[Beat] = []
        self.problem: str | None = None

    def tell(self, target: BeatTarget, beat: Beat) -> str | None:
        self.heard.append(beat)
        return self.problem


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Beating:
    """A heartbeat to one watcher, ticking each second of the clock."""

    def __init__(self, site: Site, ears: Ears) -> None:
        self.site, self.troubles = site, []  # type: tuple[Site, list[str]]
        site.monitoring = replace(
            site.monitoring, heartbeats=(BeatTarget(name="w", style=BeatStyle.HEALTHCHECKS, url="https://w.test/x"),)
        )
        self.heartbeat = Heartbeat(
            site.state,
            site.clock,
            DEFAULT_PROJECT,
            "web-1",
            teller=ears,
            monitoring=site.watched,
            troubles=lambda: self.troubles,
            pool=AtOnce(),
        )

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.site.clock.forward(1)
            self.heartbeat.tick()


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def beating(site: Site, ears: Ears) -> Iterator[Beating]:
    beating = Beating(site, ears)
    yield beating
    beating.heartbeat.stop()


def test_a_beat_goes_out_each_half_minute_with_a_higher_number(beating: Beating, ears: Ears) -> None:
    beating.run(95)
    assert len(ears.heard) == 1 + round(90 / BEAT_EVERY_S)
    numbers = [beat.number for beat in ears.heard]
    assert numbers == sorted(set(numbers))
    assert all(beat.troubles == () for beat in ears.heard)


def test_trouble_that_lasts_is_told_with_the_next_beat_and_a_blink_is_not(beating: Beating, ears: Ears) -> None:
    beating.troubles = ["decide has done nothing for 9 s"]
    beating.run(round(TROUBLED_S) - 1)
    beating.troubles = []
    beating.run(31)
    assert [beat.troubles for beat in ears.heard if beat.troubles] == []
    beating.troubles = ["decide has done nothing for 9 s"]
    beating.run(60)
    assert ears.heard[-1].troubles == ["decide has done nothing for 9 s"]


def test_a_watcher_that_takes_no_beat_is_an_incident_until_it_does(site: Site, beating: Beating, ears: Ears) -> None:
    beating.run(40)
    ears.problem = "it answered 404"
    beating.run(round(UNHEARD_S) + 31)
    [incident] = site.incidents()
    assert incident.finding.title == "Nobody watches Outproof on web-1: w takes no beat"
    assert "it answered 404" in incident.finding.reason
    ears.problem = None
    beating.run(35)
    assert site.incidents() == []


def test_a_watcher_that_hangs_holds_up_nobody(site: Site) -> None:
    release, heard = Event(), Queue[str]()

    class Slow:
        def tell(self, target: BeatTarget, beat: Beat) -> str | None:
            if target.name == "slow":
                release.wait(120)
            heard.put(target.name)
            return None

    quick = BeatTarget(name="w", style=BeatStyle.HEALTHCHECKS, url="https://w.test/x")
    slow = BeatTarget(name="slow", style=BeatStyle.HEALTHCHECKS, url="https://slow.test/x")
    site.monitoring = replace(site.monitoring, heartbeats=(slow, quick))
    heartbeat = Heartbeat(
        site.state,
        site.clock,
        DEFAULT_PROJECT,
        "web-1",
        teller=Slow(),
        monitoring=site.watched,
        troubles=tuple,
    )
    for _ in range(4):
        heartbeat.tick()
        assert heard.get(timeout=60) == "w"
        site.clock.forward(BEAT_EVERY_S)
    release.set()
    heartbeat.stop()


class Eyes:
    """What Blindness looks at besides the state."""

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.waits: Instant | None = None
        self.loaded: Instant | None = None
        self.services: dict[str, tuple[int, int]] = {}

    def lag(self) -> int:
        return 0 if self.waits is None else 7

    def waiting_since(self) -> Instant | None:
        return self.waits

    def loaded_until(self) -> Instant:
        return self.loaded or self.clock.now()

    def look(self, asks: Sequence[Ask], at: Instant) -> Looks:
        return {
            ask: {
                name: Seen(span=Span(at, at), measured={"answers": answers, "decided": decided})
                for name, (answers, decided) in self.services.items()
            }
            for ask in asks
        }


class Looked:
    """Blindness over a state, with senders that state what they like."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.eyes = Eyes(site.clock)
        self.blindness = Blindness(
            site.state,
            site.clock,
            DEFAULT_PROJECT,
            backlog=self.eyes,
            windows=self.eyes,
            monitoring=site.watched,
        )
        self._number = 0

    def state(self, told: Told | None, sender: str = ONE, *, skew_s: float = 0.0, ended: bool = False) -> None:
        self._number += 1
        lanes = {} if told is None else {Lane.ANSWERS: told}
        said = Statement(sender=sender, service="answerer", number=self._number, ended=ended, lanes=lanes)
        with self.site.state.begin() as tx:
            tx.senders.state(said, skew_s, self.site.clock.now())

    def arrive(self, count: int, sender: str = ONE, *, quarantined: int = 0) -> None:
        with self.site.state.begin() as tx:
            tx.senders.count(sender, Lane.ANSWERS, "stored", count)
            tx.ledger.add("traces", "stored", "", count)
            tx.ledger.add("traces", "quarantined", "negative_tokens", quarantined)

    def run(self, seconds: float, told: Told | None = None) -> None:
        """Look each ten seconds; a sender that is `told` speaks each time."""
        for _ in range(round(seconds / 10)):
            self.site.clock.forward(10)
            if told is not None:
                self.state(told)
            self.blindness.tick()


@pytest.fixture
def looked(site: Site) -> Looked:
    return Looked(site)


def test_what_waits_too_long_to_be_judged_is_an_incident_until_nothing_does(site: Site, looked: Looked) -> None:
    looked.eyes.waits = NOON
    looked.run(60)
    assert site.incidents() == []
    looked.run(10)
    assert site.titles() == ["Answers wait to be judged"]
    assert site.incidents()[0].finding.kind is FindingKind.BLIND
    looked.eyes.waits = None
    looked.run(10)
    assert site.incidents() == []


def test_items_that_are_nowhere_are_an_incident_once_they_stay_away(site: Site, looked: Looked) -> None:
    told = Told(emitted=100)
    looked.arrive(97)
    looked.run(MISSING_S, told)
    assert site.incidents() == []
    looked.run(20, told)
    assert site.titles() == ["3 items of answerer are unaccounted for"]
    looked.arrive(3)
    looked.run(10, told)
    assert site.incidents() == []


def test_what_is_not_loaded_yet_is_not_missing(site: Site, looked: Looked) -> None:
    site.monitoring = replace(site.monitoring, blind=Blind(backlog_s=None))
    looked.eyes.loaded = NOON
    looked.run(MISSING_S * 2, Told(emitted=100))
    assert site.incidents() == []


def test_what_applications_give_up_is_an_incident_when_it_is_much(site: Site, looked: Looked) -> None:
    looked.run(10, Told(emitted=0))
    looked.arrive(1_000)
    looked.run(20, Told(emitted=1_010, dropped={"sampled_out": 5, "buffer_full": 5}))
    assert site.incidents() == []
    looked.run(10, Told(emitted=1_030, dropped={"sampled_out": 5, "buffer_full": 25}))
    assert site.titles() == ["Applications give up much of what they emit"]
    assert "25 buffer_full" in site.incidents()[0].finding.reason


def test_too_much_quarantine_is_an_incident_and_too_little_traffic_says_nothing(site: Site, looked: Looked) -> None:
    looked.run(10)
    looked.arrive(50, quarantined=40)
    looked.run(10)
    assert site.incidents() == []
    looked.arrive(450)
    looked.run(10)
    assert site.titles() == ["Much of what arrives contradicts itself"]


def test_answers_without_a_decision_are_an_incident_below_the_declared_share(site: Site, looked: Looked) -> None:
    looked.eyes.services = {"answerer": (200, 181), "other": (99, 0)}
    looked.run(10)
    assert site.incidents() == []
    looked.eyes.services = {"answerer": (200, 179)}
    looked.run(10)
    assert site.titles() == ["Answers of answerer are not judged"]
    looked.eyes.services = {}
    looked.run(10)
    assert len(site.incidents()) == 1, "no data ends nothing"


def test_a_service_that_stops_without_a_goodbye_is_silent_and_one_that_ends_is_not(site: Site, looked: Looked) -> None:
    looked.state(Told(emitted=1))
    looked.arrive(1)
    looked.run(900)
    assert site.incidents() == []
    looked.run(10)
    assert site.titles() == ["answerer stopped sending"]
    looked.state(Told(emitted=1), OTHER)
    looked.arrive(1, OTHER)
    looked.run(10)
    assert site.incidents() == []
    looked.state(Told(emitted=1), OTHER, ended=True)
    looked.run(1_000)
    assert site.incidents() == []


def test_a_clock_that_is_far_from_ours_is_an_incident(site: Site, looked: Looked) -> None:
    looked.state(None, skew_s=-180.0)
    looked.run(10)
    [incident] = site.incidents()
    assert incident.finding.title == "The clock of answerer is wrong"
    assert "3 min behind our clock" in incident.finding.reason


def test_senders_that_ended_are_folded_into_sums_and_nothing_is_lost(site: Site, looked: Looked) -> None:
    for number in range(5):
        looked.state(Told(emitted=10, dropped={"too_old": 1}), f"{number:016x}", ended=True)
        looked.arrive(9, f"{number:016x}")
    looked.run(20)
    site.clock.forward(FOLD_AFTER_S)
    looked.run(20)
    with site.state.look() as tx:
        [sums] = tx.senders.stated(10)
        arrived = tx.senders.arrived()
    assert sums.statement.lanes == {Lane.ANSWERS: Told(emitted=50, dropped={"too_old": 5})}
    assert [each.stored for each in arrived.values()] == [45]
    assert site.incidents() == []


def test_what_never_arrives_is_looked_for_as_long_as_a_spool_keeps_it_and_then_written_off(
    site: Site, looked: Looked
) -> None:
    looked.state(Told(emitted=10, waiting=4), ended=True)
    looked.arrive(6)
    looked.run(10)
    site.clock.forward(WRITE_OFF_S - 60)
    looked.run(10)
    with site.state.look() as tx:
        assert [each.statement.sender for each in tx.senders.stated(10)] == [ONE]
    site.clock.forward(60)
    looked.run(10)
    with site.state.look() as tx:
        [sums] = tx.senders.stated(10)
    assert sums.statement.lanes[Lane.ANSWERS].dropped == {"written_off": 4}
    assert after(NOON, WRITE_OFF_S) < site.clock.now()
