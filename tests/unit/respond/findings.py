"""Findings and incidents in a line, for tests."""

from typing import Any

from outproof.contract.evidence import Exemplar, Fact
from outproof.contract.severity import Severity
from outproof.core.ids import ProjectId, notice_id
from outproof.core.time import Instant
from outproof.decide.finding import Finding, FindingKind, Subject, SubjectType
from outproof.respond.incident import Incident, Response, notification, respond
from outproof.respond.notification import Notice, NoticeKind, Notification
from outproof.respond.route import Routes

NOON = Instant(1_800_000_000_000_000_000)
PROJECT = ProjectId("shop")
ROUTES = Routes(default=("log",), by_severity={Severity.CRITICAL: ("pager", "chat")})

EXEMPLAR = Exemplar(
    at=NOON,
    service="tracking-answerer",
    trace_id="0a" * 16,
    span_id="0b" * 8,
    request_id="req_205",
    template_id="tracking-answerer-v1.1-regression",
    evidence_version="fastship@v17",
    first_failed_stage="serving_gate",
)


def a_finding(**changes: Any) -> Finding:
    said: dict[str, Any] = {
        "key": "policy:unsafe",
        "kind": FindingKind.INVARIANT,
        "firing": True,
        "severity": Severity.CRITICAL,
        "title": "Unsupported delivery claim reached customer response.",
        "reason": "it broke",
        "subject": Subject(SubjectType.SERVICE, "tracking-answerer"),
        "owner": "delivery-answers",
        "headline": "unsafe_claim_served 2/6",
        "first_check": "Compare serving-gate template with tracking-answerer-v1.",
        "evidence": (Fact("policy", "Policy", "unsafe"),),
        "exemplars": (EXEMPLAR,),
    }
    return Finding(**{**said, **changes})


def answer_to(finding: Finding, current: Incident | None = None, now: Instant = NOON, **terms: Any) -> Response:
    return respond(finding, current, project=PROJECT, now=now, **terms)


def told(incident: Incident | None, kind: NoticeKind = NoticeKind.OPENED) -> Notification:
    """What channels are told of an incident."""
    assert incident is not None
    return notification(incident, kind, PROJECT)


def notices(incident: Incident | None, *channels: str, kind: NoticeKind = NoticeKind.OPENED) -> tuple[Notice, ...]:
    """A notice of an incident for each of these channels."""
    said = told(incident, kind)
    return tuple(Notice(notice_id(said.incident_id, said.generation, each), each, said) for each in channels)


def an_incident(**changes: Any) -> Incident:
    incident = answer_to(a_finding(**changes)).incident
    assert incident is not None
    return incident
