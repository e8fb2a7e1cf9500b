"""What pages were worth: marks in; precision, time to detect and proposals out."""

from dataclasses import replace
from typing import Any

import pytest

from outproof.contract.evidence import Exemplar
from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId
from outproof.core.time import Instant, after
from outproof.decide.finding import Finding, FindingKind, Subject, SubjectType
from outproof.learn.alert_ledger import Marked, Page, PageMark, Source, SourceType, accounts, demotion, page
from outproof.respond.incident import Incident, IncidentState

NOON = Instant(1_800_000_000_000_000_000)
SLOW = Source(SourceType.POLICY, "slow")


def a_page(mark: PageMark | None, *, number: int = 0, detect_s: float | None = None, **more: Any) -> Page:
    at = after(NOON, number * 3_600)
    incident = IncidentId(f"inc_{number}")
    made = Page(
        incident_id=incident,
        source=SLOW,
        version="v1",
        kind=FindingKind.THRESHOLD,
        severity=Severity.CRITICAL,
        title="slow",
        opened_at=at,
        resolved_at=after(at, 600),
        began_at=None if detect_s is None else after(at, -detect_s),
        marked=None if mark is None else Marked(incident_id=incident, mark=mark, by="ana", at=after(at, 900)),
    )
    return replace(made, **more)


def pages(*marks: PageMark | None) -> list[Page]:
    return [a_page(mark, number=number) for number, mark in enumerate(marks)]


def test_precision_is_the_share_of_marked_pages_that_were_right_with_its_interval() -> None:
    (account,) = accounts(pages(PageMark.ACTED_ON, PageMark.TOO_LATE, PageMark.NOISE, PageMark.DUPLICATE, None))
    assert (account.pages, account.marked, account.precision) == (5, 4, 0.5)
    assert account.interval == pytest.approx((0.1500, 0.8500), abs=1e-4)


def test_pages_that_nobody_marked_say_nothing_of_precision() -> None:
    (account,) = accounts(pages(None, None))
    assert (account.precision, account.interval, account.detection) == (None, None, None)


def test_time_to_detect_is_the_median_over_right_pages_whose_beginning_is_known() -> None:
    told = [
        a_page(PageMark.ACTED_ON, number=1, detect_s=60),
        a_page(PageMark.TOO_LATE, number=2, detect_s=7_200),
        a_page(PageMark.ACTED_ON, number=3, detect_s=120),
        a_page(PageMark.ACTED_ON, number=4),
        a_page(PageMark.NOISE, number=5, detect_s=1),
    ]
    (account,) = accounts(told)
    assert account.detection is not None
    assert (account.detection.median_s, account.detection.n) == (120, 3)


@pytest.mark.parametrize(
    ("marks", "is_proposed"),
    [
        ([PageMark.NOISE] * 4, False),  # too few
        ([PageMark.NOISE] * 5, True),
        ([PageMark.NOISE] * 4 + [PageMark.DUPLICATE] * 3 + [PageMark.ACTED_ON], True),
        ([PageMark.NOISE] * 4 + [PageMark.ACTED_ON] * 2, False),  # may be bad luck
        ([PageMark.TOO_LATE] * 20, False),  # it is right, and wants to come earlier
    ],
)
def test_a_demotion_is_proposed_when_pages_are_wrong_beyond_chance(marks: list[PageMark], is_proposed: bool) -> None:
    assert (demotion(pages(*marks)) is not None) is is_proposed


def test_the_proposal_is_one_severity_less_and_says_why() -> None:
    proposed = demotion(pages(*[PageMark.NOISE] * 7, PageMark.ACTED_ON))
    assert proposed is not None
    assert (proposed.severity, proposed.to) == (Severity.CRITICAL, Severity.WARNING)
    assert proposed.reason == "1 of 8 marked pages were right (7 noise, 0 duplicate): precision is at most 47%"


def test_what_is_at_the_lowest_severity_proposes_to_go() -> None:
    proposed = demotion([replace(each, severity=Severity.INFO) for each in pages(*[PageMark.NOISE] * 6)])
    assert proposed is not None
    assert proposed.to is None


def test_a_changed_policy_is_judged_anew() -> None:
    told = pages(*[PageMark.NOISE] * 9)
    told[-1] = replace(told[-1], version="v2")
    (account,) = accounts(told)
    assert account.demotion is None
    assert account.marks[PageMark.NOISE] == 9


def test_accounts_with_a_proposal_come_first() -> None:
    calm = [replace(each, source=Source(SourceType.PROMISE, "digest")) for each in pages(*[PageMark.ACTED_ON] * 9)]
    found = accounts([*calm, *pages(*[PageMark.NOISE] * 6)])
    assert [each.source.name for each in found] == ["slow", "digest"]


def an_incident(*shown: Exemplar) -> Incident:
    finding = Finding(
        key="policy:slow",
        kind=FindingKind.THRESHOLD,
        firing=True,
        severity=Severity.CRITICAL,
        title="slow",
        reason="slow",
        subject=Subject(SubjectType.SERVICE, "shop"),
        owner="platform",
        policy="slow",
        exemplars=shown,
    )
    return Incident(
        id=IncidentId("inc_1"),
        state=IncidentState.OPEN,
        finding=finding,
        opened_at=NOON,
        updated_at=NOON,
        generation=1,
    )


def test_a_break_begins_with_its_oldest_exemplar_unless_the_responder_knows_better() -> None:
    shown = (Exemplar(at=after(NOON, -seconds), service="shop", trace_id="t", span_id="s") for seconds in (30, 90, 60))
    incident = an_incident(*shown)
    assert page(incident, None).detect_s == 90
    said = Marked(
        incident_id=incident.id, mark=PageMark.TOO_LATE, by="ana", at=after(NOON, 60), began_at=after(NOON, -600)
    )
    assert page(incident, said).detect_s == 600


def test_nobody_knows_since_when_without_an_exemplar() -> None:
    assert page(an_incident(), None).detect_s is None
