"""Who is told what, when: an incident, its ways and what holds it back in; notices, timeline and deadlines out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from outproof.contract.severity import Severity
from outproof.core.time import Instant, after
from outproof.decide.finding import About, FindingKind
from outproof.respond.delivery import DeliveryState, Sending
from outproof.respond.escalation import Step
from outproof.respond.flapping import Reopening
from outproof.respond.incident import Entry, EntryKind, Response, acknowledge, calmed
from outproof.respond.manners import Manners
from outproof.respond.notification import Notice, NoticeKind
from outproof.respond.route import Way
from outproof.respond.suppression import Suppression, SuppressionKind
from outproof.respond.telling import Roads, due
from tests.unit.respond.findings import NOON, PROJECT, a_finding, answer_to

SILENCE = Suppression(SuppressionKind.SILENCE, "sil_1", "silenced by ann: a known fault", after(NOON, 3_600))
QUARTER = Step(after_s=900.0, channels=("lead",))
HALF = Step(after_s=1_800.0, channels=("boss", "pager"))


class Desk:
    """An incident and all that was told of it; time is passed."""

    def __init__(
        self,
        *channels: str,
        manners: Mapping[str, Manners] | None = None,
        suppression: Suppression | None = None,
        timed: bool = False,
        severity: Severity = Severity.CRITICAL,
        **way: Any,
    ) -> None:
        self.ways = (Way(name="default", why="", channels=channels, **way),)
        self.manners = manners or {}
        self.suppression = suppression
        self.timed = timed
        self.sendings: list[Sending] = []
        self.notices: list[Notice] = []
        self.entries: list[Entry] = []
        opened = answer_to(a_finding(severity=severity)).incident
        assert opened is not None
        self.incident = opened
        self._tell(opened, NOON, is_over=False)

    @property
    def told(self) -> list[tuple[str, str]]:
        """What was told since the last time somebody asked."""
        said = [(notice.channel, notice.notification.kind.value) for notice in self.notices]
        self.notices.clear()
        return said

    @property
    def lines(self) -> list[str]:
        return [entry.text for entry in self.entries if entry.kind is not EntryKind.OPENED]

    def look(self, seconds: float) -> "Desk":
        """Look again, so many seconds after noon."""
        self._tell(replace(self.incident, generation=self.incident.generation + 1), after(NOON, seconds), is_over=False)
        return self

    def hear(self, response: Response, seconds: float) -> "Desk":
        assert response.incident is not None
        is_over = response.news is NoticeKind.RESOLVED
        self._tell(response.incident, after(NOON, seconds), is_over=is_over)
        return self

    def see(self, seconds: float, **finding: Any) -> "Desk":
        return self.hear(answer_to(a_finding(**finding), self.incident, after(NOON, seconds)), seconds)

    def take(self, seconds: float) -> "Desk":
        return self.hear(acknowledge(self.incident, "ann", after(NOON, seconds)), seconds)

    def again_s(self) -> float | None:
        at = self.incident.tell_at
        return None if at is None else (at - NOON) / 1e9

    def _tell(self, incident: Any, now: Instant, *, is_over: bool) -> None:
        roads = Roads(
            ways=self.ways, manners=self.manners, patience_s=30.0, timed=self.timed, sendings=tuple(self.sendings)
        )
        found = due(incident, roads, self.suppression, project=PROJECT, now=now, is_over=is_over)
        self.incident = found.incident
        self.notices += found.notices
        self.entries += found.entries
        is_set = {(each.channel, each.generation) for each in self.sendings}
        queued = [Sending(each.channel, each.notification.generation, DeliveryState.QUEUED) for each in found.notices]
        self.sendings += [each for each in queued if (each.channel, each.generation) not in is_set]

    def answer(self, channel: str, state: DeliveryState) -> None:
        """Let the newest notice to a channel stand so."""
        newest = max((each for each in self.sendings if each.channel == channel), key=lambda each: each.generation)
        self.sendings = [replace(each, state=state) if each == newest else each for each in self.sendings]


def test_the_first_page_goes_out_at_once_and_looking_again_says_nothing_twice() -> None:
    desk = Desk("pager", "chat")
    assert desk.told == [("pager", "opened"), ("chat", "opened")]
    assert desk.incident.told == ("pager", "chat")
    assert desk.look(1).told == desk.look(9_999).told == []
    assert desk.again_s() is None


def test_what_only_recurs_is_told_to_nobody() -> None:
    assert Desk("chat").see(10, occurrences=5).told == [("chat", "opened")]


def test_what_gets_worse_is_told_to_who_heard_of_it_and_to_whom_it_concerns_now() -> None:
    desk = Desk("chat", severity=Severity.WARNING)
    desk.ways = (replace(desk.ways[0], channels=("chat", "pager")),)
    desk.see(20, severity=Severity.CRITICAL)
    assert desk.told == [("chat", "opened"), ("pager", "opened"), ("chat", "updated")]
    assert desk.look(30).told == []


def test_that_it_is_over_is_told_to_everybody_who_heard_of_it_and_to_nobody_else() -> None:
    desk = Desk("pager", escalate=(QUARTER,)).look(900)
    assert desk.told == [("pager", "opened"), ("lead", "escalated")]
    desk.ways = (replace(desk.ways[0], channels=("other",)),)
    desk.see(950, firing=False)
    assert desk.told == [("pager", "resolved"), ("lead", "resolved")]
    assert desk.again_s() is None


def test_each_step_tells_when_nobody_took_it_in_time_and_says_why() -> None:
    desk = Desk("pager", escalate=(HALF, QUARTER))
    assert desk.told == [("pager", "opened")]
    assert desk.again_s() == 900
    assert desk.look(899).told == []
    assert desk.look(900).told == [("lead", "escalated")]
    assert desk.again_s() == 1_800
    assert desk.look(1_000).told == []
    desk.look(1_801)
    assert [notice.notification.because for notice in desk.notices] == ["nobody took it within 30 min"] * 2
    assert desk.told == [("boss", "escalated"), ("pager", "escalated")]
    assert desk.look(9_999).told == []
    assert desk.lines == [
        "nobody took it within 15 min: lead is told",
        "nobody took it within 30 min: boss is told",
        "nobody took it within 30 min: pager is told again",
    ]


def test_a_route_may_tell_nobody_until_it_has_lasted() -> None:
    desk = Desk(escalate=(QUARTER,))
    assert desk.told == []
    assert desk.again_s() == 900
    assert desk.look(900).told == [("lead", "escalated")]


def test_who_takes_it_stops_steps_reminders_and_fail_over() -> None:
    desk = Desk("pager", escalate=(QUARTER,), repeat_s=600.0, fail_over=("sms",)).take(10)
    assert desk.told == [("pager", "opened")]
    assert desk.look(9_999).told == []
    assert desk.again_s() is None


def test_only_channels_that_want_to_know_hear_that_it_was_taken_and_once() -> None:
    desk = Desk("pager", "chat", manners={"pager": Manners(acknowledged=True)}).take(10)
    assert desk.told[2:] == [("pager", "acknowledged")]
    assert desk.look(20).told == []


def test_who_is_told_first_of_what_was_taken_hears_after_it_that_it_was() -> None:
    desk = Desk("chat").take(10)
    desk.manners = {"pager": Manners(acknowledged=True)}
    desk.ways = (replace(desk.ways[0], channels=("chat", "pager")),)
    assert desk.told == [("chat", "opened")]
    assert desk.look(20).told == [("pager", "opened")]
    assert desk.again_s() == 20
    assert desk.look(20).told == [("pager", "acknowledged")]
    assert desk.again_s() is None


def test_nobody_taking_it_is_a_reminder_each_time_and_getting_worse_counts_as_one() -> None:
    desk = Desk("pager", repeat_s=600.0)
    assert desk.again_s() == 600
    assert desk.look(600).told == [("pager", "opened"), ("pager", "reminded")]
    assert desk.again_s() == 1_200
    assert desk.look(1_199).told == []
    assert desk.look(1_200).told == [("pager", "reminded")]
    assert desk.lines[0] == "nobody took it in 10 min: pager is told again"


def test_a_receiver_that_forgets_is_reminded_whoever_took_it_and_whatever_is_silenced() -> None:
    desk = Desk("peer", manners={"peer": Manners(repeat_s=60.0)}).take(1)
    assert desk.look(60).told == [("peer", "opened"), ("peer", "reminded")]
    desk.suppression = SILENCE
    assert desk.look(120).told == [("peer", "reminded")]
    assert desk.lines == ["nobody is told: silenced by ann: a known fault until 2027-01-15 09:00 UTC"]


def test_what_is_held_back_is_told_to_nobody_and_looked_at_each_time_until_it_is_not() -> None:
    desk = Desk("pager", suppression=SILENCE, escalate=(QUARTER,))
    assert desk.told == []
    assert desk.incident.suppression == SILENCE
    assert desk.again_s() == 0
    assert desk.look(1_000).told == []
    assert desk.again_s() == 0
    desk.suppression = None
    assert desk.look(2_000).told == [("pager", "opened")]
    assert desk.again_s() == 2_900, "who was not told could not take it: steps count from the first notice"
    assert desk.lines[-1] == "held back no longer: silenced by ann: a known fault"


def test_while_held_back_those_who_heard_of_it_are_told_that_it_is_over() -> None:
    desk = Desk("pager")
    desk.suppression = SILENCE
    desk.see(60, firing=False)
    assert desk.told == [("pager", "opened"), ("pager", "resolved")]


def test_what_was_over_before_it_could_be_told_is_told_to_nobody() -> None:
    desk = Desk("pager", suppression=SILENCE).see(60, firing=False)
    assert desk.told == []
    assert desk.incident.suppression is None


def test_the_timeline_says_what_holds_back_once_and_again_when_it_is_something_else() -> None:
    desk = Desk("pager", suppression=SILENCE).look(10).look(20)
    desk.suppression = Suppression(SuppressionKind.INHIBITED, "inc_9", "the data centre is down explains it")
    desk.look(30).look(40)
    assert desk.lines == [
        "nobody is told: silenced by ann: a known fault until 2027-01-15 09:00 UTC",
        "nobody is told: the data centre is down explains it",
    ]


def test_a_channel_that_does_not_answer_in_time_is_stood_in_for() -> None:
    desk = Desk("pager", fail_over=("sms", "mail"))
    assert desk.told == [("pager", "opened")]
    assert desk.again_s() == 30
    desk.answer("pager", DeliveryState.RETRYING)
    assert desk.look(29).told == []
    desk.look(30)
    assert desk.notices[0].notification.because == "pager did not accept it in 30 s"
    assert desk.told == [("sms", "opened")]
    assert desk.again_s() == 60
    assert desk.look(60).told == [("mail", "opened")]
    assert desk.look(600).told == []


def test_a_channel_that_refuses_is_stood_in_for_as_soon_as_somebody_looks() -> None:
    desk = Desk("pager", fail_over=("sms",))
    desk.answer("pager", DeliveryState.FAILED)
    assert desk.look(2).told == [("pager", "opened"), ("sms", "opened")]
    assert desk.lines == ["pager refused it: sms is told"]


def test_a_channel_that_answers_is_not_stood_in_for() -> None:
    desk = Desk("pager", fail_over=("sms",))
    desk.answer("pager", DeliveryState.ACCEPTED)
    assert desk.look(31).told == [("pager", "opened")]
    assert desk.again_s() is None


def test_who_stood_in_hears_that_it_got_worse_and_that_it_is_over() -> None:
    desk = Desk("pager", fail_over=("sms",)).look(30)
    assert desk.told == [("pager", "opened"), ("sms", "opened")]
    desk.see(60, firing=False)
    assert desk.told == [("pager", "resolved"), ("sms", "resolved")]


def test_what_breaks_again_is_told_as_that_and_steps_begin_anew() -> None:
    desk = Desk("pager", escalate=(QUARTER,)).look(900).see(1_000, firing=False).see(1_100)
    assert desk.told[-2:] == [("pager", "reopened"), ("lead", "reopened")]
    assert desk.again_s() == 2_000
    assert desk.look(2_000).told == [("lead", "escalated")]


def test_of_a_flapping_incident_each_turn_is_not_told_but_that_it_stayed_over_is() -> None:
    reopening = Reopening(flapping_times=2)
    desk = Desk("pager").see(60, firing=False)
    for seconds in (120, 240):
        now = after(NOON, seconds)
        desk.hear(answer_to(a_finding(), desk.incident, now, reopening=reopening), seconds)
        now = after(NOON, seconds + 60)
        desk.hear(answer_to(a_finding(firing=False), desk.incident, now, reopening=reopening), seconds + 60)
    kinds = [kind for _, kind in desk.told]
    assert kinds == ["opened", "resolved", "reopened", "resolved", "reopened"]
    assert desk.again_s() == 300 + 900
    desk.hear(calmed(desk.incident, after(NOON, 1_200)), 1_200)
    assert desk.told == [("pager", "resolved")]


def test_a_route_of_another_time_of_day_is_told_when_it_comes_unless_somebody_took_it() -> None:
    desk = Desk("night", timed=True)
    assert desk.again_s() == 0, "the hours of a route may begin at any time"
    desk.ways = (Way(name="day", why="", channels=("day",), timed=True),)
    assert desk.look(3_600).told == [("night", "opened"), ("day", "opened")]
    taken = Desk("night", timed=True).take(10)
    taken.ways = desk.ways
    assert taken.look(3_600).told == [("night", "opened")]
    assert taken.again_s() is None


def test_that_another_segment_is_shown_than_before_is_no_news() -> None:
    desk = Desk("chat")
    about = About("policy:x|region=eu", NOON, "region eu", makes_up=False)
    desk.see(10, kind=FindingKind.COVERAGE, about=about)
    desk.see(20, kind=FindingKind.INVARIANT, about=replace(about, id="policy:y|region=us"))
    assert desk.told == [("chat", "opened")]


def test_incidents_of_before_are_not_told_anew() -> None:
    desk = Desk("pager")
    desk.incident = replace(desk.incident, telling=replace(desk.incident.telling, heard=(), began_at=None))
    assert desk.told == [("pager", "opened")]
    assert desk.look(60).told == []
    assert desk.see(90, firing=False).told == [("pager", "resolved")]


def test_each_channel_is_told_with_an_id_of_its_own_that_a_replay_makes_again() -> None:
    one, two = Desk("pager", "chat"), Desk("pager", "chat")
    assert [notice.id for notice in one.notices] == [notice.id for notice in two.notices]
    assert len({notice.id for notice in one.notices}) == 2
