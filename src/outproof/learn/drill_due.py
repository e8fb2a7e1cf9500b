"""When a promise is drilled next, and whether that is overdue: its rule and its last drill in; a time, a finding out.

An alert that nobody has seen work for weeks is a hope; that is why the age of the last passed drill raises an incident.
"""

from __future__ import annotations

from outproof.contract.drill import DrillRule
from outproof.contract.promise import Promise
from outproof.contract.severity import Severity
from outproof.core.time import Instant, after, duration_text, rfc3339, seconds_between
from outproof.decide.finding import Finding, FindingKind, Subject, SubjectType
from outproof.learn.drill import Drill, DrillState

FIRST_AFTER_S = 60.0
"""How long after a rule is first seen the promise is drilled for the first time."""

AGAIN_AFTER_S = 3_600.0
"""How long after a drill that failed it is tried again, unless the rule asks for it sooner."""

GRACE_S = 600.0
"""Beyond its rule, before missing drills are an incident: the drill that ends them takes a while itself."""


def overdue_key(promise: str) -> str:
    """The key of the incident of a promise's overdue drills; while it is open, they are."""
    return f"drill-overdue:{promise}"


def next_drill_at(rule: DrillRule, last: Drill | None, since: Instant) -> Instant | None:
    """When the rule wants the next drill. `since` is when the rule was first seen. None: one is running, or never."""
    if rule.every_s is None or (last is not None and last.state is DrillState.RUNNING):
        return None
    if last is None:
        return after(since, FIRST_AFTER_S)
    passed = last.state is DrillState.PASSED
    return after(last.started_at, rule.every_s if passed else min(rule.every_s, AGAIN_AFTER_S))


def is_overdue(
    rule: DrillRule | None, last: Drill | None, last_passed_at: Instant | None, since: Instant, now: Instant
) -> bool:
    """Whether nobody knows any more that breaks are noticed: the last drill failed, or none has passed for too long."""
    if rule is None or rule.every_s is None:
        return False
    if last is not None and last.state is DrillState.FAILED:
        return True
    return now >= after(since if last_passed_at is None else last_passed_at, rule.every_s + GRACE_S)


def drill_overdue(
    promise: Promise, last: Drill | None, last_passed_at: Instant | None, now: Instant, *, firing: bool
) -> Finding:
    """The finding on a promise's drills."""
    return Finding(
        key=overdue_key(promise.name),
        kind=FindingKind.DRILL_OVERDUE,
        firing=firing,
        severity=Severity.WARNING,
        title=_title(promise, last) if firing else f"{promise.name}: a drill has passed",
        reason=_reason(last, last_passed_at, now) if firing else "a drill has passed",
        subject=Subject(SubjectType.PROMISE, promise.name),
        owner=promise.owner,
        policy_version=promise.version,
        headline="drill failed" if last is not None and last.state is DrillState.FAILED else "drill overdue",
        promise=promise.name,
        first_check=f"Run `outproof drill {promise.name}` and see which check fails.",
        channels=promise.channels,
    )


def _title(promise: Promise, last: Drill | None) -> str:
    if last is not None and last.state is DrillState.FAILED:
        return f"{promise.name}: its drill failed, so a real break may go unnoticed"
    return f"{promise.name}: its drill is overdue"


def _reason(last: Drill | None, last_passed_at: Instant | None, now: Instant) -> str:
    if last_passed_at is None:
        passed = "no drill has ever passed"
    else:
        age = duration_text(seconds_between(last_passed_at, now))
        passed = f"the last drill passed {age} ago, at {rfc3339(last_passed_at)}"
    if last is None or last.state is not DrillState.FAILED:
        return passed
    bad = next((check for check in last.checks if not check.passed), None)
    why = f": {bad.name}: expected {bad.expected}, saw {bad.seen}" if bad else ""
    return f"drill {last.id} ({last.fault}) failed{why}; {passed}"
