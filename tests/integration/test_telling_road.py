"""Telling on a real store, with receivers that refuse, hang and forget: loops are ticked, time is passed."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outproof.channels.drill.send import BUILT_IN
from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId, NoticeId
from outproof.core.time import Instant, after
from outproof.decide.finding import About, FindingKind
from outproof.decide.matcher import matcher
from outproof.decide.monitoring import Monitoring
from outproof.engine.canary import Canaries
from outproof.engine.dispatch import UNKNOWN_S, Dispatcher
from outproof.engine.record import put_on_record, record
from outproof.engine.settle import Terms
from outproof.engine.tell import Teller
from outproof.respond.delivery import DeliveryState, Outcome, Sent
from outproof.respond.escalation import Step
from outproof.respond.incident import UNRESOLVED, EntryKind, Incident, acknowledge
from outproof.respond.inhibition import Inhibitor
from outproof.respond.manners import Manners
from outproof.respond.notification import NoticeKind, Notification
from outproof.respond.quiet_hours import QuietHours
from outproof.respond.route import Route, Routes
from outproof.respond.silence import a_silence
from outproof.respond.suppression import Suppressors
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, SetClock, a_state
from tests.integration.sink import until
from tests.unit.respond.findings import a_finding

MINUTE_S = 60.0
EACH = 3
HANG_S = 600.0
"""Longer than any test waits: what hangs is let go at the end of its test."""


class Receiver:
    """A channel that remembers what it took and answers as it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.answer = Outcome.ACCEPTED
        self.hang = threading.Event()
        self.hang.set()

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        del notice, now
        self.hang.wait(HANG_S)
        if self.answer is Outcome.ACCEPTED:
            self.taken.append((notification.kind.value, notification.title))
        return Sent(outcome=self.answer, detail=f"said {self.answer}")

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.taken]


class Site:
    """A dispatcher, a teller and canaries over one store and receivers by name."""

    def __init__(self, state: SqlState, routes: Routes, *names: str) -> None:
        self.state = state
        self.routes = routes
        self.clock = SetClock()
        self.receivers = {name: Receiver() for name in names}
        self.dispatcher = Dispatcher(state, lambda: {**BUILT_IN, **self.receivers}, self.clock)
        self.teller = self.a_teller()
        self.canaries = Canaries(state, self.clock, PROJECT, lambda: self.routes)

    def a_teller(self) -> Teller:
        return Teller(self.state, self.clock, PROJECT, lambda: Terms({}, self.routes))

    def see(self, **changes: Any) -> IncidentId:
        with self.state.begin() as tx:
            found = record(tx, a_finding(**changes), project=PROJECT, routes=self.routes, now=self.clock.at)
        assert found is not None
        return found

    def take(self, incident: IncidentId) -> None:
        with self.state.begin() as tx:
            current = tx.incidents.load(incident)
            assert current is not None
            response = acknowledge(current, "ann", self.clock.at)
            assert put_on_record(tx, response, project=PROJECT, routes=self.routes, now=self.clock.at)

    def forward(self, seconds: float) -> "Site":
        self.clock.forward(seconds)
        return self.tick()

    def tick(self) -> "Site":
        """Look and send until nothing is due."""
        self.teller.tick()
        self.canaries.tick()
        self.teller.tick()

        def all_sent() -> bool:
            self.dispatcher.tick()
            with self.state.look() as tx:
                due = tx.outbox.next_due()
            return due is None or due > self.clock.at

        until(all_sent)
        return self

    def open(self) -> list[Incident]:
        with self.state.look() as tx:
            return list(tx.incidents.newest(UNRESOLVED, 100))

    def lines(self, incident: IncidentId, *kinds: EntryKind) -> list[str]:
        with self.state.look() as tx:
            return [entry.text for entry in tx.incidents.timeline(incident) if entry.kind in kinds]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path) as state:
        yield state


def a_site(state: SqlState, *names: str, **routes: Any) -> Site:
    return Site(state, Routes(default=names[:1], **routes), *names)


def test_nobody_takes_it_so_the_next_is_told_with_the_reason_and_told_when_it_is_over(state: SqlState) -> None:
    site = a_site(state, "pager", "lead", escalate=(Step(after_s=15 * MINUTE_S, channels=("lead",)),))
    incident = site.see()
    site.tick().forward(15 * MINUTE_S - 1)
    assert (site.receivers["pager"].kinds, site.receivers["lead"].kinds) == (["opened"], [])
    site.forward(1).forward(60)
    assert site.receivers["lead"].kinds == ["escalated"]
    assert site.lines(incident, EntryKind.ESCALATED) == ["nobody took it within 15 min: lead is told"]
    site.see(firing=False)
    site.tick()
    assert (site.receivers["pager"].kinds, site.receivers["lead"].kinds) == (
        ["opened", "resolved"],
        ["escalated", "resolved"],
    )


def test_who_takes_it_in_time_wakes_nobody_else(state: SqlState) -> None:
    step = Step(after_s=15 * MINUTE_S, channels=("lead",))
    site = a_site(state, "pager", "lead", escalate=(step,), manners={"pager": Manners(acknowledged=True)}, canary=None)
    incident = site.see()
    site.tick().clock.forward(MINUTE_S)
    site.take(incident)
    site.tick().forward(60 * MINUTE_S)
    assert site.receivers["pager"].kinds == ["opened", "acknowledged"]
    assert site.receivers["lead"].kinds == []


@pytest.mark.parametrize("answer", [Outcome.TRANSIENT, Outcome.PERMANENT])
def test_a_channel_that_fails_is_stood_in_for_within_a_minute(state: SqlState, answer: Outcome) -> None:
    site = a_site(state, "pager", "sms", fail_over=("sms",))
    site.receivers["pager"].answer = answer
    incident = site.see()
    site.tick().forward(29)
    assert site.receivers["sms"].kinds == []
    site.forward(3)
    assert site.receivers["sms"].kinds == ["opened"]
    said = "refused it" if answer is Outcome.PERMANENT else "did not accept it in 30 s"
    assert site.lines(incident, EntryKind.ESCALATED) == [f"pager {said}: sms is told"]


def test_a_channel_that_hangs_is_stood_in_for_within_a_minute(state: SqlState) -> None:
    site = a_site(state, "pager", "sms", fail_over=("sms",))
    hanging = site.receivers["pager"]
    hanging.hang.clear()
    site.see()
    site.dispatcher.tick()
    site.clock.forward(31)
    site.teller.tick()
    site.dispatcher.tick()
    try:
        until(lambda: bool(site.receivers["sms"].taken))
        assert hanging.taken == []
    finally:
        hanging.hang.set()
        site.dispatcher.stop()


def silence(state: SqlState, now: Instant) -> None:
    with state.begin() as tx:
        made = a_silence(
            PROJECT,
            [matcher('severity="critical"')],
            by="ann",
            reason="a known fault",
            starts_at=now,
            ends_at=after(NOON, 3_600),
            now=now,
        )
        assert tx.silences.save(made)


def test_what_was_told_before_somebody_silenced_it_is_shown_as_silenced(state: SqlState) -> None:
    site = a_site(state, "pager", escalate=(Step(after_s=900.0, channels=("pager",)),))
    incident = site.see()
    site.tick().clock.forward(60)
    silence(state, site.clock.at)
    site.tick()
    (shown,) = site.open()
    assert shown.suppression is not None
    assert len(site.lines(incident, EntryKind.HELD_BACK)) == 1
    site.forward(900)
    assert site.receivers["pager"].kinds == ["opened"]
    site.forward(3_600)
    assert site.receivers["pager"].kinds == ["opened", "escalated"]


def test_what_is_silenced_is_told_when_the_silence_ends(state: SqlState) -> None:
    site = a_site(state, "pager")
    silence(state, NOON)
    incident = site.see()
    site.tick().forward(3_599)
    assert site.receivers["pager"].kinds == []
    (shown,) = site.open()
    assert shown.suppression is not None
    generation = shown.generation
    site.forward(1)
    assert site.receivers["pager"].kinds == ["opened"]
    assert generation == 1, "looking again at what is held back writes nothing"
    assert site.lines(incident, EntryKind.HELD_BACK) == [
        "nobody is told: silenced by ann: a known fault until 2027-01-15 09:00 UTC",
        "held back no longer: silenced by ann: a known fault",
    ]


def test_who_silenced_a_part_is_not_told_when_another_part_breaks(state: SqlState) -> None:
    branches = tuple(
        Route(name=name, matchers=(matcher(f'route="{name}"'),), channels=(name,)) for name in ("eu", "us")
    )
    site = Site(state, Routes(routes=branches, canary=None), "eu", "us")
    by_ann = a_silence(
        PROJECT,
        (matcher('route="eu"'),),
        by="ann",
        reason="a known fault",
        starts_at=NOON,
        ends_at=after(NOON, 3_600),
        now=NOON,
    )
    with state.begin() as tx:
        tx.silences.save(by_ann)
    for name in ("eu", "us"):
        site.see(about=About(name, NOON, f"route {name}", makes_up=False), labels={"route": name})
        site.tick()
    assert (site.receivers["eu"].kinds, site.receivers["us"].kinds) == ([], ["opened"])
    site.forward(3_600)
    assert site.receivers["eu"].kinds == ["opened"]


def test_a_channel_that_nobody_knows_is_stood_in_for(state: SqlState) -> None:
    site = Site(state, Routes(default=("renamed",), fail_over=("lead",), canary=None), "lead")
    incident = site.see()
    site.clock.forward(UNKNOWN_S)
    site.tick()
    assert site.receivers["lead"].kinds == ["opened"]
    assert site.lines(incident, EntryKind.ESCALATED) == ["renamed did not accept it in 30 s: lead is told"]


def test_what_another_incident_explains_is_told_once_that_is_over(state: SqlState) -> None:
    inhibitor = Inhibitor(
        name="down", source=(matcher('policy="down"'),), target=(matcher('policy="slow"'),), equal=("project",)
    )
    site = a_site(state, "pager", suppressors=Suppressors(inhibitors=(inhibitor,)))
    site.see(key="down", policy="down", title="It is down")
    site.see(key="slow", policy="slow", title="It is slow")
    site.tick()
    assert site.receivers["pager"].taken == [("opened", "It is down")]
    site.see(key="down", policy="down", title="It is down", firing=False)
    site.tick()
    assert sorted(site.receivers["pager"].taken[1:]) == [("opened", "It is slow"), ("resolved", "It is down")]


def test_what_happens_in_quiet_hours_is_told_in_the_morning_and_what_is_critical_at_once(state: SqlState) -> None:
    quiet = QuietHours(severities=(Severity.WARNING,), from_="06:00", until="09:00", zone="UTC")  # it is 08:00
    site = a_site(state, "pager", quiet_hours=(quiet,))
    site.see(key="warning", severity=Severity.WARNING, title="a warning")
    site.see(key="critical", title="critical")
    site.tick().forward(3_599)
    assert site.receivers["pager"].taken == [("opened", "critical")]
    site.forward(1)
    assert site.receivers["pager"].taken[1:] == [("opened", "a warning")]


def test_a_warning_that_gets_critical_in_quiet_hours_is_told_at_once(state: SqlState) -> None:
    quiet = QuietHours(severities=(Severity.WARNING,), from_="06:00", until="09:00", zone="UTC")
    site = a_site(state, "pager", quiet_hours=(quiet,))
    site.see(severity=Severity.WARNING)
    site.tick()
    assert site.receivers["pager"].kinds == []
    site.see()
    site.tick()
    assert site.receivers["pager"].kinds == ["opened"]


def test_new_routes_reach_what_is_open_already(state: SqlState) -> None:
    site = a_site(state, "pager", "team")
    site.see()
    site.tick()
    tree = (Route(name="team", matchers=(matcher('kind="invariant"'),), channels=("team",)),)
    site.routes = replace(site.routes, routes=tree)
    site.tick()
    assert (site.receivers["pager"].kinds, site.receivers["team"].kinds) == (["opened"], ["opened"])


def test_of_two_tellers_one_is_first_and_everybody_is_told_once(state: SqlState) -> None:
    site = a_site(state, "pager", "lead", escalate=(Step(after_s=60.0, channels=("lead",)),))
    for number in range(10):
        site.see(key=f"k{number}")
    site.tick().clock.forward(60)
    tellers = [threading.Thread(target=site.a_teller().tick) for _ in range(4)]
    for each in tellers:
        each.start()
    for each in tellers:
        each.join()
    site.tick()
    assert site.receivers["lead"].kinds == ["escalated"] * 10


def test_channels_are_tested_when_nothing_else_reached_them_and_wake_nobody(state: SqlState) -> None:
    manners = {"pager": Manners(canary_s=900.0), "chat": Manners(canary_s=900.0)}
    site = a_site(state, "pager", "chat", manners=manners)
    site.tick().forward(800)
    site.see()
    site.tick().forward(100)
    assert site.receivers["pager"].kinds == ["opened"], "a page is proof enough"
    assert site.receivers["chat"].taken == [("canary", "chat can be reached")]
    site.forward(800)
    assert site.receivers["pager"].kinds == ["opened", "canary"]
    assert len(site.open()) == 1, "a test is no incident"


def test_of_two_servers_one_tests_a_channel(state: SqlState) -> None:
    site = a_site(state, "pager", manners={"pager": Manners()})
    other = Canaries(state, site.clock, PROJECT, lambda: site.routes)
    site.tick().clock.forward(901)
    both = [threading.Thread(target=each.tick) for each in (site.canaries, other)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    site.tick()
    assert site.receivers["pager"].kinds == ["canary"]


def test_a_channel_that_refuses_for_good_is_an_incident_on_the_others_until_it_accepts(state: SqlState) -> None:
    manners = {"pager": Manners(canary_s=900.0), "chat": Manners(canary_s=900.0)}
    site = a_site(state, "pager", "chat", manners=manners)
    site.receivers["pager"].answer = Outcome.PERMANENT
    site.tick()
    site.see()
    site.tick().forward(5)
    (title,) = {title for kind, title in site.receivers["chat"].taken if kind == "opened"}
    assert title == "Nobody can be told on the channel pager"
    (dead,) = [incident for incident in site.open() if incident.finding.kind is FindingKind.DEAD_ROUTE]
    assert dead.finding.severity is Severity.CRITICAL
    assert dead.finding.reason == "it refused a notice at 2027-01-15 08:00 UTC: said permanent"
    site.receivers["pager"].answer = Outcome.ACCEPTED
    site.forward(900).forward(5)
    assert site.receivers["pager"].kinds == ["canary"]
    assert [kind for kind, title in site.receivers["chat"].taken if title.startswith("Nobody")] == [
        "opened",
        "resolved",
    ]


def test_a_channel_that_accepts_nothing_for_too_long_is_an_incident(state: SqlState) -> None:
    manners = {"pager": Manners(canary_s=900.0), "chat": Manners(canary_s=900.0)}
    site = a_site(state, "pager", "chat", manners=manners)
    site.receivers["pager"].answer = Outcome.TRANSIENT
    site.tick()
    for _ in range(9):
        site.forward(500)
    assert "opened" in site.receivers["chat"].kinds
    (dead,) = site.open()
    assert dead.finding.reason.startswith("it accepted nothing yet, and nothing in 1 h 15 min since; the last attempt")


def test_a_dead_channel_is_told_to_whom_the_section_monitor_names_and_never_on_itself(state: SqlState) -> None:
    manners = {"pager": Manners(), "chat": Manners(), "ops": Manners()}
    ours = Monitoring(owner="platform-team", channels=("pager", "ops"))
    site = a_site(state, "pager", "chat", "ops", manners=manners, monitoring=ours)
    site.receivers["pager"].answer = Outcome.PERMANENT
    site.tick()
    site.see()
    site.tick().forward(5)
    (dead,) = [incident for incident in site.open() if incident.finding.kind is FindingKind.DEAD_ROUTE]
    assert (dead.finding.owner, dead.finding.channels) == ("platform-team", ("ops",))
    assert dead.finding.severity is Severity.CRITICAL  # it wakes people, or should


def test_a_dead_channel_that_is_taken_out_of_the_files_ends_its_incident(state: SqlState) -> None:
    manners = {"pager": Manners(), "chat": Manners()}
    site = a_site(state, "pager", "chat", manners=manners)
    site.receivers["pager"].answer = Outcome.PERMANENT
    site.tick()
    site.see()
    site.tick().forward(5)
    assert len(site.open()) == 2
    site.routes = Routes(default=("chat",), manners={"chat": Manners()})
    site.forward(5)
    assert [incident.finding.kind for incident in site.open()] == [FindingKind.INVARIANT]


def test_one_channel_of_a_hundred_that_hangs_holds_up_no_other(state: SqlState) -> None:
    """All that is for the others arrives while it hangs; how soon is a benchmark: isolation."""
    names = tuple(f"c{number}" for number in range(100))
    site = Site(state, Routes(default=names), *names)
    hanging, *others = site.receivers.values()
    hanging.hang.clear()
    for number in range(EACH):
        site.see(key=str(number))

    def all_told() -> bool:
        site.dispatcher.tick()
        return all(len(each.taken) == EACH for each in others)

    try:
        until(all_told)
        assert hanging.taken == []
    finally:
        hanging.hang.set()
        site.dispatcher.stop()


def test_a_reminder_that_arrives_is_no_line_of_the_timeline(state: SqlState) -> None:
    site = a_site(state, "peer", manners={"peer": Manners(repeat_s=60.0)})
    incident = site.see()
    site.tick().forward(60).forward(60)
    assert site.receivers["peer"].kinds == ["opened", "reminded", "reminded"]
    assert site.lines(incident, EntryKind.NOTIFIED) == ["peer accepted the notice that it opened"]
    with state.look() as tx:
        deliveries = tx.outbox.deliveries(incident)
    assert [(each.kind, each.state) for each in deliveries][-1] == (NoticeKind.REMINDED, DeliveryState.ACCEPTED)
