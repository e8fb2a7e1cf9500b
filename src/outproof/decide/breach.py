"""What an incident needs to say about a policy: its alert and what was measured in, a `Finding` out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from outproof.contract.evidence import Exemplar, Fact
from outproof.core.money import NanoUsd, usd_text
from outproof.core.time import Instant, duration_text
from outproof.decide.alert import AlertState, Cause, Measured, Memory, denominator
from outproof.decide.expression import Compare, ValueType, value_text
from outproof.decide.finding import Finding, FindingKind, Reading, Subject, SubjectType
from outproof.decide.policy import Policy, PolicyKind


@dataclass(frozen=True, slots=True)
class Span:
    """A window: event times in [start, end)."""

    start: Instant
    end: Instant


def finding(
    policy: Policy,
    memory: Memory,
    *,
    span: Span,
    measured: Measured,
    breaches: int = 0,
    occurrences: int = 1,
    exemplars: tuple[Exemplar, ...] = (),
) -> Finding:
    """What is known of the policy's breach, or that it is over. `breaches` and `occurrences` count single answers."""
    shared = Finding(
        key=policy.key,
        kind=FindingKind(policy.kind.value),
        firing=memory.state is AlertState.FIRING,
        severity=policy.severity,
        title=policy.title,
        reason=memory.reason,
        subject=Subject(SubjectType.SERVICE, policy.over.service or "all services"),
        owner=policy.owner or "",
        policy=policy.name,
        policy_version=policy.version,
        first_check=policy.first_check,
        runbook=policy.runbook,
        channels=policy.channels,
        evidence=_evidence(policy, exemplars),
        exemplars=exemplars,
    )
    if memory.cause is Cause.NO_DATA:
        return replace(
            shared, kind=FindingKind.UNVERIFIED, title=f"Nothing is known: {shared.title}", headline=memory.reason
        )
    if policy.kind is PolicyKind.INVARIANT:
        reading = _counted(policy, span, breaches, measured)
        return replace(shared, headline=_count_headline(reading), measure=reading, occurrences=max(1, occurrences))
    return replace(shared, headline=_limit_headline(policy.first, measured), measure=_limited(policy, span, measured))


def _counted(policy: Policy, span: Span, breaches: int, measured: Measured) -> Reading:
    """Breaches of so many. Fewer answers than breaches means the window is not loaded yet: unknown, not a ratio."""
    of = measured.get(denominator(policy))
    return Reading(
        name=policy.first.name,
        text=str(policy.condition),
        value=float(breaches),
        limit=0.0,
        numerator=breaches,
        denominator=None if of is None or of < breaches else int(of),
        window_start=span.start,
        window_end=span.end,
    )


def _count_headline(reading: Reading) -> str:
    of = "" if reading.denominator is None else f"/{reading.denominator}"
    return f"{reading.name} {reading.numerator}{of}"


def _limited(policy: Policy, span: Span, measured: Measured) -> Reading:
    first = policy.first
    value = measured.get(first.name)
    sample = measured.get(denominator(policy))
    return Reading(
        name=first.name,
        text=str(policy.condition),
        value=None if value is None else float(value),
        limit=None if isinstance(first.limit, str) else float(first.limit),
        denominator=None if sample is None else int(sample),
        window_start=span.start,
        window_end=span.end,
    )


def _limit_headline(first: Compare, measured: Measured) -> str:
    value = measured.get(first.name)
    seen = "unknown" if value is None else measured_text(value, first.type)
    return f"{first.name} {seen} (limit {first.op} {value_text(first.limit, first.type)})"


def measured_text(value: int | float, type: ValueType) -> str:
    """A measured value as a person reads it: `612 ms`, `4.1%`, `$0.002000`."""
    match type:
        case ValueType.DURATION:
            return duration_text(value)
        case ValueType.RATIO:
            return f"{value * 100:.3g}%"
        case ValueType.MONEY:
            return usd_text(NanoUsd(round(value)))
        case _:
            return f"{value:g}"


def _evidence(policy: Policy, exemplars: Sequence[Exemplar]) -> tuple[Fact, ...]:
    declared = (
        Fact("policy", "Policy", policy.name),
        Fact("condition", "Condition", str(policy.condition)),
        Fact("window", "Window", duration_text(policy.span_s)),
    )
    seen = (
        Fact("templates", "Templates of the exemplars", _distinct(shown.template_id for shown in exemplars)),
        Fact("evidence_versions", "Evidence versions", _distinct(shown.evidence_version for shown in exemplars)),
        Fact("first_failed_stages", "First failed stages", _distinct(shown.first_failed_stage for shown in exemplars)),
    )
    return declared + (seen if exemplars else ())


def _distinct(values: Iterable[str | None]) -> str | None:
    return ", ".join(sorted({value for value in values if value is not None})) or None
