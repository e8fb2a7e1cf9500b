"""What a drill checks: each thing that could be wrong with an incident, a route or a recovery fails it."""

from dataclasses import replace
from typing import Any

import pytest

from outproof.contract.drill import DEAD_ROUTE, Drilled, Fault
from outproof.contract.evidence import Fact
from outproof.contract.run import Stage
from outproof.core.ids import DEFAULT_PROJECT, NoticeId
from outproof.decide.finding import Finding, FindingKind
from outproof.learn.drill import Check, Drill
from outproof.learn.drill_plan import Plan, plan
from outproof.learn.drill_verdict import RECEIPT_S, Seen, noticed, recovered
from outproof.prove.stage_report import StageReport, StageState
from outproof.respond.delivery import Attempt, Delivery, DeliveryState, Outcome
from outproof.respond.incident import Incident, IncidentState, respond
from outproof.respond.notification import NoticeKind
from tests.builders import START, a_promise, at
from tests.unit.respond.findings import a_finding

PROMISE = a_promise()
DRILLED = Drilled(id="drl_1", fault=Fault.SKIP_PERSISTENCE, within_s=30.0, channels=("room",))
DRILL = Drill(
    promise=PROMISE.name,
    version=PROMISE.version,
    drilled=DRILLED,
    by="ann",
    started_at=START,
    move_at=START,
    broken_at=START,
    repaired_at=at(60),
)
PLAN: Plan = plan(PROMISE, Fault.SKIP_PERSISTENCE, "drl_1")


def found(**changes: Any) -> Finding:
    finding = a_finding(
        key="drill:drl_1",
        kind=FindingKind.UNVERIFIED,
        title="[drill] nightly-digests: output of run drl_1 is not proven persisted",
        promise=PROMISE.name,
        owner=PROMISE.owner,
        runbook=PROMISE.runbook,
        first_check=PROMISE.first_check,
        channels=("room",),
        evidence=(Fact("batch_id", "Batch id", "drl_1"), Fact("output_id", "Output id", "drl_1")),
        stages=(StageReport(stage=Stage.PERSISTED, state=StageState.MISSING),),
        drill=True,
    )
    return replace(finding, **changes)


def an_incident(finding: Finding, seconds: float = 2) -> Incident:
    incident = respond(finding, None, project=DEFAULT_PROJECT, now=at(seconds)).incident
    assert incident is not None
    return replace(incident, told=finding.channels or ())


def told(kind: NoticeKind, state: DeliveryState = DeliveryState.ACCEPTED, channel: str = "room") -> Delivery:
    attempt = Attempt(number=1, at=at(3), outcome=Outcome.ACCEPTED, detail="200 OK", duration_s=0.1)
    return Delivery(
        id=NoticeId(f"msg-{channel}-{kind}"),
        channel=channel,
        kind=kind,
        state=state,
        next_attempt_at=None,
        attempts=() if state is DeliveryState.QUEUED else (attempt,),
    )


OPENED = told(NoticeKind.OPENED)
OVER = told(NoticeKind.RESOLVED)


def failed(checks: tuple[Check, ...] | None) -> list[str]:
    assert checks is not None, "there is no verdict yet"
    return [check.name for check in checks if not check.passed]


def the_break(finding: Finding, deliveries: tuple[Delivery, ...] = (OPENED,), **seen: Any) -> list[str]:
    incidents = seen.get("incidents", (an_incident(finding, seen.get("opened_s", 2)),))
    drill = seen.get("drill", DRILL)
    return failed(noticed(drill, PLAN, PROMISE, Seen(incidents, deliveries), seen.get("now", at(5))))


def test_an_incident_that_is_as_it_must_be_passes() -> None:
    assert the_break(found()) == []


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"kind": FindingKind.STALE}, "kind"),
        ({"stages": (StageReport(stage=Stage.VISIBLE, state=StageState.MISSING),)}, "stage to blame"),
        ({"promise": "another"}, "promise"),
        ({"owner": "nobody"}, "owner"),
        ({"runbook": None}, "runbook"),
        ({"first_check": None}, "first check"),
        ({"evidence": (Fact("output_id", "Output id", "drl_1"),)}, "evidence batch_id"),
        ({"title": "nightly-digests is broken"}, "marked as a drill"),
        ({"drill": False}, "marked as a drill"),
        ({"channels": ("room", "on-call")}, "told nobody else"),
    ],
)
def test_each_field_that_is_wrong_fails_its_check(changes: dict[str, Any], check: str) -> None:
    assert the_break(found(**changes)) == [check]


def test_an_incident_that_comes_too_late_fails() -> None:
    assert the_break(found(), opened_s=30.5, now=at(31)) == ["seconds to incident"]


def test_a_second_incident_fails() -> None:
    two = (an_incident(found()), an_incident(found(), 4))
    assert the_break(found(), incidents=two) == ["one incident"]


@pytest.mark.parametrize(
    "deliveries",
    [
        (),
        (told(NoticeKind.OPENED, DeliveryState.FAILED),),
        (OPENED, OPENED),
        (told(NoticeKind.OPENED, DeliveryState.QUEUED),),
    ],
)
def test_a_channel_that_did_not_take_the_notice_once_fails(deliveries: tuple[Delivery, ...]) -> None:
    assert the_break(found(), deliveries, now=at(30 + RECEIPT_S)) == ["room told"]


def test_what_may_still_come_is_waited_for_and_not_for_ever() -> None:
    assert noticed(DRILL, PLAN, PROMISE, Seen(), at(30)) is None
    assert failed(noticed(DRILL, PLAN, PROMISE, Seen(), at(30.1))) == ["one incident"]
    queued = Seen((an_incident(found()),), (told(NoticeKind.OPENED, DeliveryState.QUEUED),))
    assert noticed(DRILL, PLAN, PROMISE, queued, at(30 + RECEIPT_S - 0.1)) is None


def test_the_dead_route_must_refuse_and_the_others_must_not() -> None:
    drill = replace(DRILL, drilled=replace(DRILLED, channels=(DEAD_ROUTE, "room")))
    finding = found(channels=(DEAD_ROUTE, "room"))
    refused = told(NoticeKind.OPENED, DeliveryState.FAILED, DEAD_ROUTE)
    assert the_break(finding, (refused, OPENED), drill=drill) == []
    accepted = told(NoticeKind.OPENED, DeliveryState.ACCEPTED, DEAD_ROUTE)
    assert the_break(finding, (accepted, OPENED), drill=drill) == [f"{DEAD_ROUTE} told"]


def the_repair(incident: Incident, *deliveries: Delivery, seconds: float = 62) -> tuple[Check, ...] | None:
    return recovered(DRILL, Seen((incident,), (OPENED, *deliveries)), at(seconds))


def resolved() -> Incident:
    return replace(an_incident(found()), state=IncidentState.RESOLVED, resolved_at=at(61))


def test_a_repair_that_ends_the_incident_and_is_told_once_passes() -> None:
    assert failed(the_repair(resolved(), OVER)) == []


def test_an_end_that_is_not_told_or_told_twice_fails() -> None:
    assert failed(the_repair(resolved(), seconds=90 + RECEIPT_S)) == ["room told that it is over"]
    assert failed(the_repair(resolved(), OVER, OVER)) == ["room told that it is over"]


def test_an_incident_that_does_not_end_fails_after_its_time() -> None:
    assert the_repair(an_incident(found()), seconds=89.9) is None
    assert failed(the_repair(an_incident(found()), seconds=90)) == ["recovery", "room told that it is over"]


def test_a_drill_without_a_single_check_has_not_passed() -> None:
    assert DRILL.over(at(1)).state == "failed"
    assert replace(DRILL, checks=(Check(name="a", expected="b", seen="b", passed=True),)).over(at(1)).state == "passed"
