"""Incidents as the API shows them: the incident, its timeline and its deliveries in; JSON shapes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from outproof.contract import evidence as contract
from outproof.contract.severity import Severity
from outproof.core.time import Instant, rfc3339
from outproof.decide.finding import FindingKind, Reading, Subject
from outproof.respond import delivery as sent
from outproof.respond import incident as respond
from outproof.respond.delivery import DeliveryState, Outcome
from outproof.respond.incident import EntryKind, IncidentState
from outproof.respond.notification import NoticeKind
from outproof.server.run_views import RunSummary, Stage, stage_views


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """How many notices got through. A superseded one is in none of these: a newer one said it all."""

    accepted: int
    retrying: int
    failed: int
    queued: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSummary:
    """An incident in a list."""

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
class Incident:
    """An incident with everything a responder needs. `deliveries` lists each notice, oldest first."""

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


def incident_summary(incident: respond.Incident, counts: Mapping[DeliveryState, int]) -> IncidentSummary:
    """An incident in a list."""
    deliveries = DeliveryCounts(
        accepted=counts.get(DeliveryState.ACCEPTED, 0),
        retrying=counts.get(DeliveryState.RETRYING, 0),
        failed=counts.get(DeliveryState.FAILED, 0),
        queued=counts.get(DeliveryState.QUEUED, 0),
    )
    return IncidentSummary(**_summarised(incident), deliveries=deliveries)


def incident_view(
    incident: respond.Incident,
    *,
    timeline: Sequence[respond.Entry],
    deliveries: Sequence[sent.Delivery],
    last_good_run: RunSummary | None,
) -> Incident:
    """An incident with everything a responder needs."""
    finding = incident.finding
    return Incident(
        **_summarised(incident),
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
    }


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
