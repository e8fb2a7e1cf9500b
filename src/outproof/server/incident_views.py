"""Incidents as the API shows them: the incident, its timeline and its deliveries in; JSON shapes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from outproof.contract import evidence as contract
from outproof.contract.severity import Severity
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, rfc3339
from outproof.decide.finding import About, FindingKind, Reading, Subject, SubjectType
from outproof.decide.labels import labels_of
from outproof.respond import delivery as sent
from outproof.respond import incident as respond
from outproof.respond import suppression as held
from outproof.respond.delivery import DeliveryState, Outcome
from outproof.respond.incident import EntryKind, IncidentState
from outproof.respond.notification import NoticeKind
from outproof.respond.suppression import SuppressionKind
from outproof.server.run_views import RunSummary, Stage, stage_views

PARTS_MAX = 200
"""Broken parts of one incident that are shown, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """How many channels were told: each counts once, by how its newest notice stands. A machine is told again and
    again of what is open, and that is no more than one channel."""

    accepted: int
    retrying: int
    failed: int
    queued: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Why nobody is told of an incident now. `by` names a silence, another incident or a window; `until` null: open."""

    kind: SuppressionKind
    by: str
    reason: str
    until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSummary:
    """An incident in a list. `reopened` is how often it broke again; `part_of`: a person merged it into that one."""

    id: str
    state: IncidentState
    severity: Severity
    kind: FindingKind
    title: str
    headline: str | None
    subject: Subject
    owner: str
    policy: str | None
    promise: str | None
    run_id: str | None
    opened_at: str
    updated_at: str
    acknowledged_at: str | None
    acknowledged_by: str | None
    resolved_at: str | None
    occurrences: int
    assignee: str | None
    reopened: int
    flapping: bool
    suppression: Suppression | None
    part_of: str | None
    deliveries: DeliveryCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWindow:
    """Event times in [start, end)."""

    start: str | None
    end: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The measure that broke its limit. `value` null: it could not be read."""

    name: str
    text: str
    value: float | None
    limit: float | None
    numerator: int | None
    denominator: int | None
    window: MeasureWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplar:
    """The answer that shows it. Null means that the application did not say."""

    request_id: str | None
    trace_id: str
    span_id: str
    at: str
    service: str
    case_id: str | None
    template_id: str | None
    evidence_version: str | None
    route: str | None
    first_failed_stage: str | None
    unsafe_claim_served: bool | None
    model: str | None
    provider: str | None
    input_tokens: int | None
    cached_input_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    service_tier: str | None
    ttft_s: float | None
    duration_s: float | None
    cost_nano_usd: int | None
    rate_card: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    at: str
    kind: EntryKind
    text: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempt:
    """One attempt. `detail` is the status or our own sentence: never a receiver's body."""

    number: int
    at: str
    outcome: Outcome
    status_code: int | None
    detail: str
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one channel was told, and how it went."""

    id: str
    channel: str
    kind: NoticeKind
    state: DeliveryState
    next_attempt_at: str | None
    attempts: list[DeliveryAttempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of several breaks that are one incident: a run, a slot, a segment, a policy. `severity` null: as the rest."""

    id: str
    name: str
    at: str
    severity: Severity | None
    labels: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """An incident that a person says is part of this one."""

    id: str
    state: IncidentState
    severity: Severity
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A page of this server that shows where it broke."""

    what: Literal["run", "trace", "promise", "service", "incident"]
    text: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident with everything a responder needs. `deliveries` lists each notice, oldest first.

    `labels` are what silences and routes know it by. `broken` are its parts, where it holds several.
    """

    id: str
    state: IncidentState
    severity: Severity
    kind: FindingKind
    title: str
    headline: str | None
    subject: Subject
    owner: str
    policy: str | None
    promise: str | None
    run_id: str | None
    opened_at: str
    updated_at: str
    acknowledged_at: str | None
    acknowledged_by: str | None
    resolved_at: str | None
    occurrences: int
    assignee: str | None
    reopened: int
    flapping: bool
    suppression: Suppression | None
    part_of: str | None
    labels: dict[str, str]
    broken: list[Part]
    merged: list[Merged]
    links: list[Link]
    first_check: str | None
    runbook: str | None
    policy_version: str | None
    evidence: list[contract.Fact]
    measure: Measure | None
    exemplars: list[Exemplar]
    stages: list[Stage]
    last_good_run: RunSummary | None
    timeline: list[TimelineEntry]
    deliveries: list[Delivery]


def incident_summary(incident: respond.Incident, told: Iterable[sent.Sending]) -> IncidentSummary:
    """An incident in a list, with the newest notice to each channel."""
    counts = Counter(sending.state for sending in told)
    deliveries = DeliveryCounts(
        accepted=counts[DeliveryState.ACCEPTED],
        retrying=counts[DeliveryState.RETRYING],
        failed=counts[DeliveryState.FAILED],
        queued=counts[DeliveryState.QUEUED],
    )
    return IncidentSummary(**_summarised(incident), deliveries=deliveries)


def incident_view(
    incident: respond.Incident,
    *,
    timeline: Sequence[respond.Entry],
    deliveries: Sequence[sent.Delivery],
    last_good_run: RunSummary | None,
    merged: Sequence[respond.Incident] = (),
) -> Incident:
    """An incident with everything a responder needs."""
    finding = incident.finding
    return Incident(
        **_summarised(incident),
        labels=dict(labels_of(finding, ProjectId(""))),  # its project is the caller's
        broken=[_part(about) for about in incident.broken[-PARTS_MAX:]],
        merged=[
            Merged(id=each.id, state=each.state, severity=each.finding.severity, title=each.finding.title)
            for each in merged
        ],
        links=list(_links(incident)),
        first_check=finding.first_check,
        runbook=finding.runbook,
        policy_version=finding.policy_version,
        evidence=list(finding.evidence),
        measure=None if finding.measure is None else _measure(finding.measure),
        exemplars=[_exemplar(exemplar) for exemplar in finding.exemplars],
        stages=stage_views(finding.stages),
        last_good_run=last_good_run,
        timeline=[
            TimelineEntry(at=rfc3339(entry.at), kind=entry.kind, text=entry.text, actor=entry.actor)
            for entry in timeline
        ],
        deliveries=[_delivery(delivery) for delivery in deliveries],
    )


def _summarised(incident: respond.Incident) -> dict[str, Any]:
    finding = incident.finding
    return {
        "id": incident.id,
        "state": incident.state,
        "severity": finding.severity,
        "kind": finding.kind,
        "title": finding.title,
        "headline": finding.headline,
        "subject": finding.subject,
        "owner": finding.owner,
        "policy": finding.policy,
        "promise": finding.promise,
        "run_id": finding.run_id,
        "opened_at": rfc3339(incident.opened_at),
        "updated_at": rfc3339(incident.updated_at),
        "acknowledged_at": _text(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by,
        "resolved_at": _text(incident.resolved_at),
        "occurrences": finding.occurrences,
        "assignee": incident.assignee,
        "reopened": len(incident.reopened),
        "flapping": incident.flapping,
        "suppression": None if incident.suppression is None else _suppression(incident.suppression),
        "part_of": incident.part_of,
    }


def _suppression(suppression: held.Suppression) -> Suppression:
    return Suppression(
        kind=suppression.kind, by=suppression.by, reason=suppression.reason, until=_text(suppression.until)
    )


def _part(about: About) -> Part:
    return Part(id=about.id, name=about.name, at=rfc3339(about.at), severity=about.severity, labels=dict(about.labels))


def _links(incident: respond.Incident) -> Iterator[Link]:
    """Where to look: its runs, the traces of its exemplars, its promise or service, and what it is part of."""
    finding = incident.finding
    runs = [about.id.removeprefix("run:") for about in incident.broken[-PARTS_MAX:] if about.id.startswith("run:")]
    for run in dict.fromkeys([*([finding.run_id] if finding.run_id else []), *runs]):
        yield Link(what="run", text=f"run {run}", path=f"/runs/{quote(run, safe='')}")
    for exemplar in finding.exemplars:
        path = f"/traces/{quote(exemplar.trace_id, safe='')}/spans/{quote(exemplar.span_id, safe='')}"
        yield Link(what="trace", text=f"answer {exemplar.request_id or exemplar.span_id}", path=path)
    if finding.promise is not None:
        name = finding.promise
        yield Link(what="promise", text=f"promise {name}", path=f"/promises/{quote(name, safe='')}")
    if finding.subject.type is SubjectType.SERVICE:
        name = finding.subject.name
        yield Link(what="service", text=f"service {name}", path=f"/services/{quote(name, safe='')}")
    if incident.part_of is not None:
        path = f"/incidents/{incident.part_of}"
        yield Link(what="incident", text=f"part of {incident.part_of}", path=path)


def _measure(reading: Reading) -> Measure:
    return Measure(
        name=reading.name,
        text=reading.text,
        value=reading.value,
        limit=reading.limit,
        numerator=reading.numerator,
        denominator=reading.denominator,
        window=MeasureWindow(start=_text(reading.window_start), end=_text(reading.window_end)),
    )


def _exemplar(exemplar: contract.Exemplar) -> Exemplar:
    shown = {slot: getattr(exemplar, slot) for slot in contract.Exemplar.__slots__}
    return Exemplar(**{**shown, "at": rfc3339(exemplar.at)})


def _delivery(delivery: sent.Delivery) -> Delivery:
    attempts = [
        DeliveryAttempt(
            number=attempt.number,
            at=rfc3339(attempt.at),
            outcome=attempt.outcome,
            status_code=attempt.status_code,
            detail=attempt.detail,
            duration_s=attempt.duration_s,
        )
        for attempt in delivery.attempts
    ]
    return Delivery(
        id=delivery.id,
        channel=delivery.channel,
        kind=delivery.kind,
        state=delivery.state,
        next_attempt_at=_text(delivery.next_attempt_at),
        attempts=attempts,
    )


def _text(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant)
