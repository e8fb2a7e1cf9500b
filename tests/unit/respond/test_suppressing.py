from dataclasses import replace
from typing import Any

import pytest

from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId
from outproof.core.time import after
from outproof.decide.finding import About, Subject, SubjectType
from outproof.respond.incident import EntryKind, Incident, IncidentState, Response, close
from outproof.respond.inhibition import Inhibitor
from outproof.respond.merge import CannotMerge, merge, split
from outproof.respond.suppressing import audible, source, suppressed
from outproof.respond.suppression import Suppression, SuppressionKind, Suppressors
from tests.unit.respond.findings import NOON, PROJECT, a_finding, an_incident, answer_to
from tests.unit.respond.test_silence import a_window, at, matchers, silenced

EXPLAINS = Inhibitor(
    name="gateway-explains-answers",
    source=matchers('policy="gateway"'),
    target=matchers('service="tracking-answerer"', 'severity!="critical"'),
    equal=("region",),
)


def incident(key: str = "policy:slow", **changes: Any) -> Incident:
    return an_incident(**{"key": key, "severity": Severity.WARNING, **changes})


def of_segments(*routes: str) -> Incident:
    found: Incident | None = None
    for number, route in enumerate(routes):
        about = About(f"policy:slow|route={route}", after(NOON, number), f"route {route}", makes_up=False)
        found = answer_to(a_finding(about=about, labels={"route": route}), found, after(NOON, number)).incident
    assert found is not None
    return found


def held(one: Incident, suppressors: Suppressors, *others: Incident, now: Any = NOON) -> Suppression | None:
    return suppressed(one, suppressors, [source(each, PROJECT) for each in others], project=PROJECT, now=now)


def by(*silences: Any, **declared: Any) -> Suppressors:
    return Suppressors(silences=tuple(silences), **declared)


def test_an_incident_that_nothing_is_about_is_told() -> None:
    assert held(incident(), by(silenced('service="other"')), incident()) is None


def test_a_silence_holds_back_and_says_who_why_and_until_when() -> None:
    silence = silenced('service="tracking-answerer"')
    assert held(incident(), by(silence)) == Suppression(
        SuppressionKind.SILENCE, silence.id, "silenced by ada: a known break", silence.ends_at
    )
    assert held(incident(), by(silence), now=silence.ends_at) is None


def test_of_several_silences_the_longest_counts() -> None:
    short = silenced('service="tracking-answerer"')
    long = silenced('service="tracking-answerer"', ends_at=after(NOON, 7_200))
    for order in ((short, long), (long, short)):
        found = held(incident(), by(*order))
        assert found is not None
        assert found.by == long.id


def test_a_silence_of_one_segment_hides_no_other() -> None:
    silence = silenced('route="eu"')
    assert held(of_segments("eu"), by(silence)) is not None
    assert held(of_segments("eu", "us"), by(silence)) is None
    longer = silenced('route="us"', ends_at=after(NOON, 7_200))
    found = held(of_segments("eu", "us"), by(silence, longer))
    assert found is not None
    assert found.until == silence.ends_at  # then there is somebody to tell


def test_parts_that_nothing_holds_back_are_heard_of_without_the_others() -> None:
    heard = audible(of_segments("eu", "us"), by(silenced('route="eu"')), (), project=PROJECT, now=NOON)
    assert [labels["route"] for labels in heard] == ["us"]


def test_a_maintenance_window_holds_back_while_it_is_open() -> None:
    window = a_window(matchers=matchers('service="tracking-answerer"'))
    found = held(incident(), by(maintenance=(window,)), now=at("2026-01-06T02:00:00Z"))
    assert found == Suppression(
        SuppressionKind.MAINTENANCE,
        "deploys",
        "maintenance deploys: Deploys each Tuesday night.",
        at("2026-01-06T03:00:00Z"),
    )
    assert held(incident(), by(maintenance=(window,)), now=at("2026-01-06T03:00:00Z")) is None


def test_a_drill_is_never_held_back() -> None:
    assert held(incident(drill=True), by(silenced('service="tracking-answerer"'))) is None


# --- inhibition: the table of Alertmanager --------------------------------------------------------------------------


def gateway(**changes: Any) -> Incident:
    said = {"policy": "gateway", "subject": Subject(SubjectType.SERVICE, "gateway")}
    return incident("policy:gateway", **{**said, **changes})


@pytest.mark.parametrize(
    ("source_labels", "target_labels", "inhibits"),
    [
        ({}, {}, True),  # a label that neither has is the same
        ({"region": "eu"}, {"region": "eu"}, True),
        ({"region": "eu"}, {"region": "us"}, False),
        ({"region": "eu"}, {}, False),
        ({"region": ""}, {}, True),  # an empty label is none
    ],
)
def test_labels_that_must_be_equal(
    source_labels: dict[str, str], target_labels: dict[str, str], inhibits: bool
) -> None:
    cause, target = gateway(labels=source_labels), incident(labels=target_labels)
    found = held(target, by(inhibitors=(EXPLAINS,)), target, cause)
    assert (found is not None) is inhibits
    if found is not None:
        assert (found.kind, found.by, found.until) == (SuppressionKind.INHIBITED, cause.id, None)
        assert found.reason.endswith("explains it (gateway-explains-answers)")


def test_what_is_no_target_is_told_though_its_cause_is_open() -> None:
    critical = incident(severity=Severity.CRITICAL)
    assert held(critical, by(inhibitors=(EXPLAINS,)), gateway()) is None


def test_what_is_both_sides_is_not_held_back_by_what_is_both_sides() -> None:
    each_other = Inhibitor(name="any", source=matchers('owner="a"'), target=matchers('owner="a"'))
    one, two = incident("policy:one", owner="a"), incident("policy:two", owner="a")
    assert held(one, by(inhibitors=(each_other,)), one, two) is None
    partly = Inhibitor(name="some", source=matchers('owner="a"'), target=matchers('owner=~"a|b"'))
    assert held(incident(owner="b"), by(inhibitors=(partly,)), one) is not None
    assert held(one, by(inhibitors=(partly,)), two) is None


def test_a_source_of_several_parts_inhibits_by_each_of_them() -> None:
    rule = Inhibitor(
        name="route", source=matchers('policy="gateway"'), target=matchers('policy="slow"'), equal=("route",)
    )
    about = About("policy:gateway|route=us", NOON, "route us", makes_up=False)
    cause = gateway(about=about, labels={"route": "us"})
    target = of_segments("us")
    target = replace(
        target, broken=tuple(replace(each, labels={**each.labels, "policy": "slow"}) for each in target.broken)
    )
    assert held(target, by(inhibitors=(rule,)), cause) is not None


# --- merging by hand ------------------------------------------------------------------------------------------------


def merged(part: Incident, into: Incident) -> Incident:
    response, line = merge(part, into, "ada", after(NOON, 60))
    assert response.incident is not None
    assert (response.news, response.expected, line.kind) == (None, part.generation, EntryKind.MERGED)
    return response.incident


def test_a_part_is_not_told_while_the_other_is_open_and_then_it_is() -> None:
    whole = incident("policy:whole")
    part = merged(incident(), whole)
    found = held(part, Suppressors(), part, whole)
    assert found is not None
    assert (found.kind, found.by) == (SuppressionKind.MERGED, whole.id)
    assert held(part, Suppressors(), part) is None


def test_merging_twice_changes_nothing() -> None:
    whole = incident("policy:whole")
    assert merge(merged(incident(), whole), whole, "ada", NOON)[0] == Response()


def test_a_part_that_is_split_off_is_an_incident_of_its_own() -> None:
    response, line = split(merged(incident(), incident("policy:whole")), "bob", NOON)
    assert response.incident is not None
    assert response.incident.part_of is None
    assert (line.kind, line.actor) == (EntryKind.SPLIT, "bob")


def over() -> Incident:
    closed = close(incident("policy:over"), "ada", "done", NOON).incident
    assert closed is not None
    assert closed.state is IncidentState.RESOLVED
    return closed


def test_what_cannot_be_one_is_refused_with_why() -> None:
    one, whole = incident(), incident("policy:whole")
    inner = replace(incident("policy:inner"), part_of=IncidentId("inc_x"))
    for part, into, said in (
        (one, one, "twice"),
        (one, over(), "not over"),
        (over(), whole, "not over"),
        (one, inner, "merge into that one"),
        (incident(drill=True), whole, "two drills or none"),
    ):
        with pytest.raises(CannotMerge, match=said):
            merge(part, into, "ada", NOON)
    with pytest.raises(CannotMerge, match="part of no other"):
        split(one, "ada", NOON)
