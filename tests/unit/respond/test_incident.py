from dataclasses import replace

import pytest

from outproof.contract.run import Stage
from outproof.contract.severity import Severity
from outproof.core.time import Instant, after
from outproof.decide.finding import FindingKind, Reading
from outproof.prove.stage_report import StageReport, StageState
from outproof.respond.incident import EntryKind, IncidentState, Response, acknowledge
from outproof.respond.notification import NoticeKind
from outproof.respond.route import Routes
from tests.unit.respond.findings import NOON, a_finding, an_incident, answer_to

LATER = after(NOON, 60)


def told(response: Response) -> list[tuple[str, NoticeKind]]:
    return [(notice.channel, notice.notification.kind) for notice in response.notices]


def test_a_break_opens_an_incident_and_tells_the_route_of_its_severity() -> None:
    response = answer_to(a_finding())
    assert response.incident is not None
    assert (response.incident.state, response.incident.generation) == (IncidentState.OPEN, 1)
    assert [entry.kind for entry in response.entries] == [EntryKind.OPENED]
    assert told(response) == [("pager", NoticeKind.OPENED), ("chat", NoticeKind.OPENED)]


def test_a_policy_may_name_its_own_channels() -> None:
    assert told(answer_to(a_finding(channels=("own", "own")))) == [("own", NoticeKind.OPENED)]


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
    assert response.notices == ()


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
    assert bool(response.notices) is tells
    assert len(response.entries) == 1


def test_severity_never_falls_while_it_is_open() -> None:
    response = answer_to(a_finding(severity=Severity.INFO, reason="milder"), an_incident(), LATER)
    assert response.incident is not None
    assert response.incident.finding.severity is Severity.CRITICAL


def test_who_joins_when_it_gets_worse_is_told_that_it_is_open_and_the_rest_that_it_got_worse() -> None:
    current = an_incident(severity=Severity.WARNING)
    response = answer_to(a_finding(severity=Severity.CRITICAL), current, LATER)
    assert told(response) == [
        ("log", NoticeKind.UPDATED),
        ("pager", NoticeKind.OPENED),
        ("chat", NoticeKind.OPENED),
    ]
    assert response.incident is not None
    over = answer_to(a_finding(firing=False), response.incident, LATER)
    assert told(over) == [(channel, NoticeKind.RESOLVED) for channel in ("log", "pager", "chat")]


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


def test_what_breaks_again_is_a_new_incident() -> None:
    first, second = answer_to(a_finding()).incident, answer_to(a_finding(), None, LATER).incident
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert first.finding.key == second.finding.key


def test_the_first_to_acknowledge_stays_on_record_and_nobody_is_told() -> None:
    taken = acknowledge(an_incident(), "ada", LATER)
    assert taken.incident is not None
    assert (taken.incident.state, taken.incident.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "ada")
    assert [(entry.kind, entry.actor) for entry in taken.entries] == [(EntryKind.ACKNOWLEDGED, "ada")]
    assert taken.notices == ()
    assert acknowledge(taken.incident, "bob", LATER) == Response()
    over = answer_to(a_finding(firing=False), taken.incident, LATER).incident
    assert over is not None
    assert over.state is IncidentState.RESOLVED
    assert acknowledge(over, "bob", LATER) == Response()


def test_a_severity_without_a_route_of_its_own_takes_the_default_and_nobody_is_told_twice() -> None:
    routes = Routes(("a", "b", "a"), {Severity.CRITICAL: ()})
    assert routes.channels(Severity.INFO) == ("a", "b")
    assert routes.channels(Severity.CRITICAL) == ()
    assert routes.channels(Severity.CRITICAL, ("x",)) == ("x",)
