from dataclasses import replace
from typing import Any

import pytest

from outproof.contract.run import Stage
from outproof.contract.severity import Severity
from outproof.core.time import Instant, after
from outproof.decide.finding import About, Finding, FindingKind, Reading
from outproof.prove.stage_report import StageReport, StageState
from outproof.respond.flapping import Reopening
from outproof.respond.incident import (
    EntryKind,
    Incident,
    IncidentState,
    Response,
    acknowledge,
    assign,
    calmed,
    close,
    notification,
)
from outproof.respond.notification import NoticeKind, lines
from tests.unit.respond.findings import NOON, PROJECT, a_finding, an_incident, answer_to

LATER = after(NOON, 60)


def test_a_break_opens_an_incident_and_is_news() -> None:
    response = answer_to(a_finding())
    assert response.incident is not None
    assert (response.incident.state, response.incident.generation) == (IncidentState.OPEN, 1)
    assert [entry.kind for entry in response.entries] == [EntryKind.OPENED]
    assert (response.news, response.expected) == (NoticeKind.OPENED, 0)


def test_what_is_fine_and_was_fine_is_nothing() -> None:
    assert answer_to(a_finding(firing=False)) == Response()


def test_a_replayed_finding_changes_nothing() -> None:
    assert answer_to(a_finding(), an_incident(), LATER) == Response()


def test_the_same_break_at_the_same_moment_has_the_same_ids_everywhere() -> None:
    assert answer_to(a_finding()) == answer_to(a_finding())


def test_more_occurrences_are_counted_but_nobody_is_told() -> None:
    response = answer_to(a_finding(occurrences=3, headline="unsafe_claim_served 3/9"), an_incident(), LATER)
    assert response.incident is not None
    assert (response.incident.finding.occurrences, response.incident.generation) == (3, 2)
    assert [entry.kind for entry in response.entries] == [EntryKind.RECURRED]
    assert (response.news, response.expected) == (None, 1)


@pytest.mark.parametrize(("old", "new", "lines"), [(1, 2, 1), (2, 3, 0), (3, 4, 1), (4, 7, 0), (7, 8, 1), (1, 1000, 1)])
def test_the_timeline_tells_of_recurrences_each_time_they_double(old: int, new: int, lines: int) -> None:
    response = answer_to(a_finding(occurrences=new), an_incident(occurrences=old), LATER)
    assert len(response.entries) == lines


def test_occurrences_never_become_fewer() -> None:
    assert answer_to(a_finding(occurrences=1), an_incident(occurrences=5), LATER) == Response()


def test_time_passing_is_no_news() -> None:
    def measure(end: Instant) -> Reading:
        return Reading(name="x", text="x > 1", value=2, limit=1, window_start=NOON, window_end=end)

    assert answer_to(a_finding(measure=measure(LATER)), an_incident(measure=measure(NOON)), LATER) == Response()


@pytest.mark.parametrize(
    ("old", "new", "tells"),
    [
        ((FindingKind.UNVERIFIED, Severity.CRITICAL), (FindingKind.BROKEN, Severity.CRITICAL), True),
        ((FindingKind.UNVERIFIED, Severity.CRITICAL), (FindingKind.LATE, Severity.CRITICAL), True),
        ((FindingKind.LATE, Severity.CRITICAL), (FindingKind.BROKEN, Severity.CRITICAL), True),
        ((FindingKind.LATE, Severity.CRITICAL), (FindingKind.UNVERIFIED, Severity.CRITICAL), False),
        ((FindingKind.BROKEN, Severity.CRITICAL), (FindingKind.UNVERIFIED, Severity.CRITICAL), False),
        ((FindingKind.BROKEN, Severity.WARNING), (FindingKind.BROKEN, Severity.CRITICAL), True),
        ((FindingKind.BROKEN, Severity.CRITICAL), (FindingKind.BROKEN, Severity.WARNING), False),
    ],
)
def test_channels_are_told_again_only_when_it_gets_worse(
    old: tuple[FindingKind, Severity], new: tuple[FindingKind, Severity], tells: bool
) -> None:
    current = an_incident(kind=old[0], severity=old[1], reason="then")
    response = answer_to(a_finding(kind=new[0], severity=new[1], reason="now"), current, LATER)
    assert response.news is (NoticeKind.UPDATED if tells else None)
    assert len(response.entries) == 1


def test_severity_never_falls_while_it_is_open() -> None:
    response = answer_to(a_finding(severity=Severity.INFO, reason="milder"), an_incident(), LATER)
    assert response.incident is not None
    assert response.incident.finding.severity is Severity.CRITICAL


def test_the_end_keeps_what_broke_and_shows_what_is_proven_by_now() -> None:
    missing = StageReport(stage=Stage.VISIBLE, state=StageState.MISSING)
    passed = replace(missing, state=StageState.PASSED)
    current = an_incident(stages=(missing,))
    seen = a_finding(firing=False, stages=(passed,), exemplars=(), headline=None, reason="the page shows it")
    response = answer_to(seen, current, LATER)
    incident = response.incident
    assert incident is not None
    assert (incident.state, incident.resolved_at, incident.generation) == (IncidentState.RESOLVED, LATER, 2)
    assert (incident.finding.headline, incident.finding.exemplars) == (
        current.finding.headline,
        current.finding.exemplars,
    )
    assert incident.finding.stages == (passed,)
    assert [(entry.kind, entry.text) for entry in response.entries] == [(EntryKind.RESOLVED, "the page shows it")]


def test_the_first_to_acknowledge_stays_on_record_and_takes_it() -> None:
    taken = acknowledge(an_incident(), "ada", LATER)
    assert taken.incident is not None
    assert (taken.incident.state, taken.incident.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "ada")
    assert taken.incident.assignee == "ada"
    assert [(entry.kind, entry.actor) for entry in taken.entries] == [(EntryKind.ACKNOWLEDGED, "ada")]
    assert taken.news is NoticeKind.ACKNOWLEDGED
    assert acknowledge(taken.incident, "bob", LATER) == Response()
    over = answer_to(a_finding(firing=False), taken.incident, LATER).incident
    assert over is not None
    assert over.state is IncidentState.RESOLVED
    assert acknowledge(over, "bob", LATER) == Response()


def test_who_is_given_an_incident_has_not_taken_it_yet() -> None:
    given = assign(an_incident(), "bob", "ada", LATER)
    assert given.incident is not None
    assert (given.incident.state, given.incident.assignee) == (IncidentState.OPEN, "bob")
    assert [(entry.text, entry.actor) for entry in given.entries] == [("ada gives it to bob", "ada")]
    assert assign(given.incident, "bob", "ada", LATER) == Response()
    nobody = assign(given.incident, None, "ada", LATER)
    assert nobody.incident is not None
    assert nobody.incident.assignee is None
    assert assign(over(nobody.incident), "bob", "ada", LATER) == Response()


# --- several breaks in one incident ---------------------------------------------------------------------------------


def a_segment(name: str, **changes: Any) -> Finding:
    about = About(
        f"policy:unsafe|route={name}",
        after(NOON, changes.pop("since_s", 0)),
        f"route {name}",
        makes_up=False,
        beyond=changes.pop("beyond", 0.0),
    )
    return a_finding(about=about, labels={"route": name}, **changes)


def test_segments_are_one_incident_that_lasts_until_the_last_one_is_over() -> None:
    both = incident_of(answer_to(a_segment("us", since_s=5), incident_of(answer_to(a_segment("eu")))))
    assert [about.labels["route"] for about in both.broken] == ["eu", "us"]
    one = answer_to(a_segment("us", since_s=5, firing=False, reason="within its limit"), both, LATER)
    left = incident_of(one)
    assert left.state is IncidentState.OPEN  # the later one says nothing of the earlier
    assert [about.name for about in left.broken] == ["route eu"]
    assert one.entries[0].text == "route us: within its limit; still broken: route eu"
    assert incident_of(answer_to(a_segment("eu", firing=False), left, LATER)).state is IncidentState.RESOLVED


def test_the_end_of_a_segment_that_was_not_broken_changes_nothing() -> None:
    current = incident_of(answer_to(a_segment("eu")))
    assert answer_to(a_segment("us", firing=False), current, LATER) == Response()


def test_the_severest_part_is_shown_though_a_milder_one_is_newer() -> None:
    worst = incident_of(answer_to(a_segment("eu", title="unsafe")))
    both = answer_to(a_segment("us", since_s=60, title="slow", severity=Severity.WARNING), worst, LATER)
    assert incident_of(both).finding.title == "unsafe"
    assert both.news is None


def test_a_severer_part_is_shown_and_is_news() -> None:
    mild = incident_of(answer_to(a_segment("eu", title="slow", severity=Severity.WARNING)))
    both = answer_to(a_segment("us", since_s=60, title="unsafe"), mild, LATER)
    assert incident_of(both).finding.title == "unsafe"
    assert both.news is NoticeKind.UPDATED


def test_of_parts_as_severe_the_one_furthest_beyond_its_limit_is_shown() -> None:
    far = incident_of(answer_to(a_segment("eu", title="far", beyond=9.0)))
    both = incident_of(answer_to(a_segment("us", since_s=60, title="near", beyond=0.5), far, LATER))
    assert both.finding.title == "far"
    farther = incident_of(answer_to(a_segment("asia", title="farther", beyond=20.0), both, LATER))
    assert farther.finding.title == "farther"


def test_the_part_that_is_shown_is_shown_as_it_is_now_though_another_has_become_worse() -> None:
    far = incident_of(answer_to(a_segment("eu", beyond=9.0)))
    both = incident_of(answer_to(a_segment("us", since_s=60, beyond=5.0), far, LATER))
    calmer = incident_of(answer_to(a_segment("eu", headline="calmer", beyond=1.0), both, LATER, is_news=False))
    assert calmer.finding.headline == "calmer"


def test_another_part_is_shown_with_its_own_examples_once_the_one_shown_has_recovered() -> None:
    both = incident_of(
        answer_to(a_segment("us", beyond=1.0, exemplars=()), incident_of(answer_to(a_segment("eu", beyond=9.0))))
    )
    left = incident_of(answer_to(a_segment("eu", firing=False), both, LATER))
    assert left.finding.about is not None
    assert left.finding.about.name == "route eu"  # nothing is known yet of the other as it is now
    anew = answer_to(a_segment("us", title="slow", beyond=0.1, exemplars=()), left, LATER, is_news=False)
    shown = incident_of(anew).finding
    assert (shown.title, shown.exemplars, anew.news) == ("slow", (), None)


def test_a_breach_after_nobody_knew_anything_is_worse_though_it_is_another_part() -> None:
    silent = incident_of(answer_to(a_segment("all", kind=FindingKind.UNVERIFIED)))
    assert answer_to(a_segment("us", since_s=60), silent, LATER).news is NoticeKind.UPDATED


def test_messages_name_the_parts_that_are_broken_the_worst_first() -> None:
    incident = incident_of(answer_to(a_segment("r0", beyond=0.0)))
    assert notification(incident, NoticeKind.OPENED, PROJECT).broken_count == 1
    for n in range(1, 12):
        incident = incident_of(answer_to(a_segment(f"r{n}", beyond=float(n % 7)), incident, LATER))
    told = notification(incident, NoticeKind.OPENED, PROJECT)
    assert told.broken == ("route r6", "route r5", "route r11", "route r4", "route r10")
    (broken,) = (line.value for line in lines(told) if line.label == "Broken")
    assert broken == "route r6, route r5, route r11, route r4, route r10 and 7 more"


def test_an_incident_of_one_part_does_not_name_it_twice() -> None:
    told = notification(incident_of(answer_to(a_segment("eu"))), NoticeKind.OPENED, PROJECT)
    assert all(line.label != "Broken" for line in lines(told))


def test_a_part_of_another_kind_is_no_worse() -> None:
    absent = incident_of(answer_to(a_segment("eu", kind=FindingKind.ABSENCE)))
    assert answer_to(a_segment("us", since_s=60), absent, LATER).news is None


# --- reopening and flapping -----------------------------------------------------------------------------------------

RULES = Reopening(reopen_s=900, flapping_times=3, flapping_within_s=3_600)


def incident_of(response: Response) -> Incident:
    assert response.incident is not None
    return response.incident


def over(current: Incident, at: Instant = LATER, **changes: Any) -> Incident:
    return incident_of(answer_to(a_finding(firing=False, reason="it holds", **changes), current, at, reopening=RULES))


def again(current: Incident, at: Instant, **terms: Any) -> Response:
    return answer_to(a_finding(reason="it broke again"), current, at, reopening=RULES, **terms)


def test_what_breaks_again_soon_is_the_same_incident() -> None:
    first = incident_of(acknowledge(an_incident(), "ada", NOON))
    response = again(over(first), after(LATER, 899))
    incident = incident_of(response)
    assert (incident.id, incident.state, incident.resolved_at) == (first.id, IncidentState.OPEN, None)
    assert (incident.acknowledged_by, incident.assignee) == (None, "ada")
    assert incident.finding.occurrences == 2
    assert (response.news, response.expected) == (NoticeKind.REOPENED, 3)
    assert [(entry.kind, entry.text) for entry in response.entries] == [
        (
            EntryKind.REOPENED,
            "broken again 14 min 59 s after it was over: unsafe_claim_served 2/6: it broke again",
        )
    ]


def test_what_breaks_again_later_is_a_new_incident() -> None:
    first = an_incident()
    response = again(over(first), after(LATER, 900))
    assert incident_of(response).id != first.id
    assert (response.news, response.expected) == (NoticeKind.OPENED, 0)


def test_what_a_person_closed_is_over() -> None:
    closed = incident_of(close(an_incident(), "ada", "a duplicate", LATER))
    assert (closed.resolved_by, closed.state) == ("ada", IncidentState.RESOLVED)
    assert again(closed, after(LATER, 1)).news is NoticeKind.OPENED


def test_a_drill_is_never_the_incident_of_an_earlier_one() -> None:
    earlier = over(an_incident(drill=True))
    response = answer_to(a_finding(drill=True), earlier, after(LATER, 1), reopening=RULES)
    assert incident_of(response).id != earlier.id


def test_what_is_as_broken_as_before_reopens_nothing() -> None:
    assert again(over(an_incident()), after(LATER, 1), is_news=False) == Response()


def test_reopening_can_be_turned_off() -> None:
    response = answer_to(a_finding(), over(an_incident()), LATER, reopening=Reopening(reopen_s=0))
    assert response.news is NoticeKind.OPENED


def turned(times: int, incident: Incident) -> tuple[Incident, Response]:
    """The incident after it was over and broke again so many times, one minute apart."""
    response = Response(incident)
    for _ in range(times):
        ended = over(incident, after(incident.updated_at, 60))
        response = again(ended, after(ended.updated_at, 60))
        incident = incident_of(response)
    return incident, response


def test_flapping_is_noticed_told_once_and_then_told_no_more() -> None:
    twice, response = turned(2, an_incident())
    assert (twice.flapping, response.news) == (False, NoticeKind.REOPENED)
    thrice, response = turned(1, twice)
    assert (thrice.flapping, response.news) == (True, NoticeKind.REOPENED)
    assert response.entries[-1].kind is EntryKind.FLAPPING
    assert "flapping" in notification(thrice, NoticeKind.REOPENED, PROJECT).reason
    ended = answer_to(a_finding(firing=False), thrice, after(thrice.updated_at, 60), reopening=RULES)
    assert ended.news is None
    assert again(incident_of(ended), after(incident_of(ended).updated_at, 60)).news is None


def test_a_flapping_incident_that_stays_over_is_told_as_over_then() -> None:
    flapping, _ = turned(3, an_incident())
    ended = over(flapping, after(flapping.updated_at, 60))
    assert ended.tell_at == after(ended.updated_at, 900)
    assert calmed(ended, after(ended.updated_at, 899)) == Response()
    told = calmed(ended, after(ended.updated_at, 900))
    assert told.news is NoticeKind.RESOLVED
    assert (incident_of(told).flapping, incident_of(told).tell_at) == (False, None)
    assert calmed(incident_of(told), after(ended.updated_at, 1_000)) == Response()


def test_a_flapping_incident_that_somebody_closes_is_told_as_over_at_once() -> None:
    flapping, _ = turned(3, an_incident())
    assert close(flapping, "ada", "known", LATER).news is NoticeKind.RESOLVED


def test_who_took_a_flapping_incident_has_it_still() -> None:
    flapping, _ = turned(3, an_incident())
    taken = incident_of(acknowledge(flapping, "ada", flapping.updated_at))
    still, _ = turned(1, taken)
    assert (still.state, still.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "ada")


def test_what_gets_worse_while_it_flaps_is_told() -> None:
    mild = an_incident(severity=Severity.WARNING)
    flapping = replace(mild, flapping=True, reopened=(NOON,))
    assert answer_to(a_finding(), flapping, LATER).news is NoticeKind.UPDATED


def test_reopenings_long_ago_are_no_flapping() -> None:
    turn = [after(NOON, hours * 3_600) for hours in (0, 2, 4)]
    assert not RULES.is_flapping(turn, turn[-1])
    assert RULES.is_flapping(turn[-1:] * 3, turn[-1])


@pytest.mark.parametrize(
    "wrong",
    [{"reopen_s": -1}, {"reopen_s": 90_000}, {"flapping_times": 1}, {"flapping_times": 21}, {"flapping_within_s": 1}],
)
def test_rules_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"expected .*, got"):
        Reopening(**wrong)
