"""A promise without runs that went stale, as a finding: its pulse and the promise in; what to tell people out."""

from __future__ import annotations

from outproof.contract.evidence import Fact
from outproof.contract.promise import Promise
from outproof.core.time import duration_text, rfc3339
from outproof.decide.finding import Finding, FindingKind, Subject, SubjectType
from outproof.prove.pulses import Pulse, PulseState, limit_s


def pulse_finding(pulse: Pulse, promise: Promise) -> Finding | None:
    """That a promise is stale, or that it is fresh again; None while nobody can tell, and while nothing is expected."""
    if pulse.state in (PulseState.WAITING, PulseState.PAUSED):
        return None
    firing = pulse.state is PulseState.STALE
    return Finding(
        key=f"pulse:{promise.name}",
        kind=FindingKind.STALE,
        firing=firing,
        severity=promise.severity,
        title=_title(promise, firing=firing),
        reason=_stale(pulse, promise) if firing else _fresh(pulse, promise),
        subject=Subject(SubjectType.PROMISE, promise.name),
        owner=promise.owner,
        policy_version=promise.version,
        headline="stale" if firing else None,
        promise=promise.name,
        first_check=promise.first_check,
        runbook=promise.runbook,
        channels=promise.channels,
        evidence=(
            Fact("newest_at", "Newest", None if pulse.newest_at is None else rfc3339(pulse.newest_at)),
            Fact("limit_s", "Stale after", limit_s(promise)),
        ),
    )


def _title(promise: Promise, *, firing: bool) -> str:
    if promise.heartbeat is not None:
        return f"{promise.name}: its heartbeat stopped" if firing else f"{promise.name}: its heart beats again"
    return f"{promise.name}: its output is stale" if firing else f"{promise.name}: its output is fresh again"


def _stale(pulse: Pulse, promise: Promise) -> str:
    if promise.heartbeat is not None:
        expected = f"expected one every {duration_text(promise.heartbeat.every_s)}"
        grace = f", with {duration_text(promise.heartbeat.grace_s)} of grace" if promise.heartbeat.grace_s else ""
        if pulse.newest_at is None:
            return f"no heartbeat since {rfc3339(pulse.since)}, when we began to listen; {expected}{grace}"
        return f"no heartbeat since {rfc3339(pulse.newest_at)}; {expected}{grace}"
    limit = duration_text(limit_s(promise))
    unable = f"; {pulse.looks} looks in a row could not tell: {pulse.detail}" if pulse.looks else ""
    if pulse.newest_at is None:
        return f"no output was seen since {rfc3339(pulse.since)}, when we began to look, for {limit}{unable}"
    return f"the newest output is of {rfc3339(pulse.newest_at)}, older than {limit}{unable}"


def _fresh(pulse: Pulse, promise: Promise) -> str:
    assert pulse.newest_at is not None, "what is fresh was seen"
    what = "a heartbeat came" if promise.heartbeat is not None else "the newest output is of"
    return f"{what} {'at ' if promise.heartbeat is not None else ''}{rfc3339(pulse.newest_at)}"
