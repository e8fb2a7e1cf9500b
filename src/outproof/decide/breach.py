"""What an incident needs to say about a policy: its alert and what was seen in, a `Finding` out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from outproof.contract.evidence import Exemplar, Fact
from outproof.core.money import NanoUsd, usd_text
from outproof.core.time import Instant, after, duration_text
from outproof.decide.alert import LOUD, Cause, Memory
from outproof.decide.evaluate import BREACHES
from outproof.decide.expression import Compare, Op, ValueType, value_text
from outproof.decide.fault import shown_comparison
from outproof.decide.finding import About, Finding, FindingKind, Reading
from outproof.decide.policy import Policy, PolicyKind
from outproof.decide.question import Measured, Seen, Span
from outproof.measure import attribution
from outproof.measure.attribution import Changes

_WHAT_CHANGED = "what_changed"
CAUSES_SHOWN_MAX = 3
"""What changed, as a page says it: the rest is one click away."""
_SPREAD = "nothing stands out: what is too many is spread as the traffic is"
_DIGITS_MAX = 6
"""Digits of a value that is hardly apart from its limit."""


def finding(
    policy: Policy,
    memory: Memory,
    *,
    key: str,
    seen: Seen,
    segment: str | None = None,
    whole: bool = False,
    occurrences: int = 1,
    exemplars: tuple[Exemplar, ...] = (),
    changes: Changes | None = None,
) -> Finding:
    """What is known of the policy's breach, or that it is over. `key` is that of the alert; `whole` and `segment` are
    those of `evaluate.Moved`; `occurrences` counts the single answers that broke an invariant.
    """
    of_segment = policy.by is not None and not whole
    named = f"{policy.by} {'that is not said' if segment is None else segment}" if of_segment else ""
    shared = Finding(
        key=memory.incident_key or policy.incident_key,
        kind=FindingKind.THRESHOLD if policy.kind is PolicyKind.PROMISE else FindingKind(policy.kind.value),
        firing=memory.state in LOUD,
        severity=policy.severity,
        title=f"{policy.title} ({named})" if named else policy.title,
        reason=memory.reason,
        subject=policy.subject,
        owner=policy.owner or "",
        policy=policy.name,
        policy_version=policy.version,
        promise=policy.promise,
        first_check=policy.first_check,
        runbook=policy.runbook,
        channels=policy.channels,
        evidence=_evidence(policy, seen, exemplars, changes),
        exemplars=exemplars,
        about=_about(policy, memory, key, named, beyond=0.0 if whole else beyond(policy, seen), whole=whole),
        labels={**dict(policy.labels), **({str(policy.by): segment} if of_segment and segment is not None else {})},
        partial=memory.partial,
    )
    if memory.cause is Cause.NO_DATA:
        return replace(
            shared, kind=FindingKind.UNVERIFIED, title=f"Nothing is known: {shared.title}", headline=memory.reason
        )
    if policy.kind is PolicyKind.INVARIANT:
        reading = _counted(policy, seen)
        return replace(shared, headline=_count_headline(reading), measure=reading, occurrences=max(1, occurrences))
    headline, reading = read(policy, seen)
    return replace(shared, headline=headline, measure=reading)


def read(policy: Policy, seen: Seen) -> tuple[str, Reading]:
    """What a window measures of the limit that it is beyond, as a headline and in full."""
    if policy.kind is PolicyKind.INVARIANT:
        reading = _counted(policy, seen)
        return _count_headline(reading), reading
    shown = shown_comparison(policy, seen.measured)
    return _limit_headline(shown, seen.measured), _limited(policy, shown, seen)


def beyond(policy: Policy, seen: Seen) -> float:
    """How far beyond its limit a window is, as a share of the limit: of two segments the one further beyond is worse.

    0 where there is nothing to say it by; of an invariant, and of a limit of 0, what was measured itself.
    """
    if policy.kind is PolicyKind.INVARIANT:
        return float(seen.measured.get(BREACHES) or 0)
    shown = shown_comparison(policy, seen.measured)
    value = seen.measured.get(shown.name)
    if value is None or isinstance(shown.limit, str) or shown.op in (Op.EQ, Op.NE):
        return 0.0
    limit = float(shown.limit)
    over = value - limit if shown.op in (Op.GT, Op.GE) else limit - value
    return max(0.0, over / abs(limit) if limit else over)


def _about(policy: Policy, memory: Memory, key: str, named: str, *, beyond: float, whole: bool) -> About | None:
    """The part of its incident that this alert is; None where the incident has no parts.

    An alert that was raised when its policy was not cut, or in no group, is over as a whole.
    """
    if key == (memory.incident_key or policy.incident_key) and not (policy.by or policy.group):
        return None
    name = named or (f"{policy.name} without data" if whole else policy.name)
    at = memory.since if memory.fired_at is None else memory.fired_at
    return About(key, at, name, makes_up=False, beyond=beyond)


def _counted(policy: Policy, seen: Seen) -> Reading:
    """Breaches of so many. Fewer answers than breaches means the window is not loaded yet: unknown, not a ratio."""
    breaches = int(seen.measured.get(BREACHES) or 0)
    of = seen.measured.get(policy.denominator)
    return Reading(
        name=policy.first.name,
        text=str(policy.condition),
        value=float(breaches),
        limit=0.0,
        numerator=breaches,
        denominator=None if of is None or of < breaches else int(of),
        window_start=seen.span.start,
        window_end=seen.span.end,
    )


def _count_headline(reading: Reading) -> str:
    of = "" if reading.denominator is None else f"/{reading.denominator}"
    return f"{reading.name} {reading.numerator}{of}"


def _limited(policy: Policy, shown: Compare, seen: Seen) -> Reading:
    value = seen.measured.get(shown.name)
    sample = seen.measured.get(policy.denominator)
    return Reading(
        name=shown.name,
        text=str(policy.condition),
        value=None if value is None else float(value),
        limit=None if isinstance(shown.limit, str) else float(shown.limit),
        denominator=None if sample is None else int(sample),
        window_start=_start(policy, shown, seen.span),
        window_end=seen.span.end,
    )


def _start(policy: Policy, shown: Compare, span: Span) -> Instant:
    """Where the window of a comparison begins: of several burn rates each has a window of its own."""
    if policy.burn is None:
        return span.start
    lengths = {
        name: length_s
        for window in policy.burn.windows
        for name, length_s in zip(policy.burn.names(window), (window.long_s, window.short_s), strict=True)
    }
    return after(span.end, -lengths.get(shown.name, policy.span_s))


def _limit_headline(shown: Compare, measured: Measured) -> str:
    value = measured.get(shown.name)
    seen = "unknown" if value is None else _apart(value, shown)
    return f"{shown.name} {seen} (limit {shown.op} {value_text(shown.limit, shown.type)})"


def _apart(value: int | float, shown: Compare) -> str:
    """The value with as many digits as it needs not to read as its limit: 1.0004 s is beyond 1 s."""
    said = measured_text(value, shown.type)
    if isinstance(shown.limit, str) or value == shown.limit or said != measured_text(shown.limit, shown.type):
        return said
    match shown.type:
        case ValueType.DURATION:
            return f"{value:.{_DIGITS_MAX}g} s"
        case ValueType.RATIO | ValueType.CHANGE:
            return f"{value * 100:.{_DIGITS_MAX}g}%"
    return said


def measured_text(value: int | float, type: ValueType) -> str:
    """A measured value as a person reads it: `612 ms`, `4.1%`, `$0.002000`."""
    match type:
        case ValueType.DURATION:
            return duration_text(value)
        case ValueType.RATIO | ValueType.CHANGE:
            return f"{value * 100:.3g}%"
        case ValueType.MONEY:
            return usd_text(NanoUsd(round(value)))
        case _:
            return f"{value:g}"


def _evidence(policy: Policy, seen: Seen, exemplars: Sequence[Exemplar], changes: Changes | None) -> tuple[Fact, ...]:
    sample = seen.measured.get(policy.denominator)
    facts = [
        Fact("policy", "Policy", policy.name),
        Fact("condition", "Condition", str(policy.condition)),
        Fact("window", "Window", duration_text(policy.span_s)),
        Fact("sample", "Judged on", None if sample is None else f"{sample:,.0f} {policy.denominator}"),
    ]
    if policy.promise is not None:
        facts.append(Fact("not_kept", "Not kept", _not_kept(seen.measured)))
    facts += changes_fact(changes)
    if exemplars:
        facts += [
            Fact("templates", "Templates of the exemplars", _distinct(shown.template_id for shown in exemplars)),
            Fact("evidence_versions", "Evidence versions", _distinct(shown.evidence_version for shown in exemplars)),
            Fact(
                "first_failed_stages", "First failed stages", _distinct(each.first_failed_stage for each in exemplars)
            ),
        ]
    return tuple(facts)


def _not_kept(measured: Measured) -> str | None:
    """How many runs of a promise were not kept; their names stand on the page of the promise."""
    runs, kept = measured.get("runs"), measured.get("kept")
    return None if runs is None or kept is None else f"{runs - kept:,.0f} of {runs:,.0f} runs"


def changes_fact(changes: Changes | None) -> tuple[Fact, ...]:
    """What changed, in words; that nothing stands out where it does not, and nothing where no more is bad."""
    if changes is None or not changes.too_many:
        return ()
    said = [attribution.said(cause) for cause in changes.causes[:CAUSES_SHOWN_MAX]]
    return (Fact(_WHAT_CHANGED, "What changed", "; ".join(said) or _SPREAD),)


def changes_known(finding: Finding) -> tuple[Fact, ...]:
    """What a finding says of what changed."""
    return tuple(fact for fact in finding.evidence if fact.key == _WHAT_CHANGED)


def _distinct(values: Iterable[str | None]) -> str | None:
    return ", ".join(sorted({value for value in values if value is not None})) or None
