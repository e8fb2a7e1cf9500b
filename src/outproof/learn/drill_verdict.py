"""The verdict on a drill: what followed from the break and from the repair in; checks, each expected and seen, out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from outproof.contract.drill import DEAD_ROUTE, LOOPBACK
from outproof.contract.promise import Promise
from outproof.core.time import Instant, after, rfc3339, seconds_between
from outproof.learn.drill import Check, Drill
from outproof.learn.drill_plan import Plan
from outproof.prove.stage_report import StageState
from outproof.respond.delivery import Delivery, DeliveryState
from outproof.respond.incident import Incident, IncidentState
from outproof.respond.notification import NoticeKind

RECEIPT_S = 20.0
"""Beyond the drill's own limit: one attempt may take 15 s, and what fails for the moment is tried again after 5 s."""

MARK = "[drill] "
_ON_ITS_WAY = (DeliveryState.QUEUED, DeliveryState.RETRYING)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the product made of a drill so far: every incident of its key or its run, and what channels were told."""

    incidents: Sequence[Incident] = ()
    deliveries: Sequence[Delivery] = field(default=())

    @property
    def incident(self) -> Incident | None:
        """The first one: what comes after it is one too many."""
        return min(self.incidents, key=lambda each: each.opened_at, default=None)

    def told(self, *kinds: NoticeKind) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.kind in kinds]


def noticed(drill: Drill, plan: Plan, promise: Promise, seen: Seen, now: Instant) -> tuple[Check, ...] | None:
    """The checks of what followed from the break; None: it may still follow. `promise` is the declared one."""
    assert drill.broken_at is not None, "what is not broken yet cannot be noticed"
    incident = seen.incident
    if incident is None:
        return (_exactly_one(seen),) if now > after(drill.broken_at, drill.drilled.within_s) else None
    opened = seen.told(NoticeKind.OPENED)
    waiting = len(opened) < len(drill.drilled.channels) or any(each.state in _ON_ITS_WAY for each in opened)
    if waiting and now < after(drill.broken_at, drill.drilled.within_s + RECEIPT_S):
        return None
    return (*_fields(drill, plan, promise, seen, incident), *_routes(drill, opened, "told"))


def recovered(drill: Drill, seen: Seen, now: Instant) -> tuple[Check, ...] | None:
    """The checks of what followed from the repair; None: it may still follow."""
    assert drill.repaired_at is not None, "what is not mended yet cannot recover"
    incident = seen.incident
    if incident is None:
        return ()
    over = [delivery for delivery in seen.told(NoticeKind.RESOLVED) if delivery.state is not DeliveryState.SUPERSEDED]
    resolved = incident.state is IncidentState.RESOLVED
    waiting = not resolved or len(over) < len(incident.told) or any(each.state in _ON_ITS_WAY for each in over)
    limit = after(drill.repaired_at, drill.drilled.within_s + (RECEIPT_S if resolved else 0.0))
    if waiting and now < limit:
        return None
    after_s = seconds_between(drill.repaired_at, incident.resolved_at) if incident.resolved_at is not None else None
    text = f"resolved after {after_s:.1f} s" if after_s is not None else f"still {incident.state}"
    check = Check(
        name="recovery", expected=f"resolved within {drill.drilled.within_s:g} s", seen=text, passed=after_s is not None
    )
    return (check, _exactly_one(seen, "still one incident"), *(_routes(drill, over, "told that it is over")))


def _exactly_one(seen: Seen, name: str = "one incident") -> Check:
    count = len(seen.incidents)
    return Check(name=name, expected="exactly one", seen=str(count) if count else "none", passed=count == 1)


def _fields(drill: Drill, plan: Plan, promise: Promise, seen: Seen, incident: Incident) -> Iterator[Check]:
    finding = incident.finding
    assert drill.broken_at is not None
    took_s = max(0.0, seconds_between(drill.broken_at, incident.opened_at))
    limit_s = drill.drilled.within_s
    yield _exactly_one(seen)
    yield Check(
        name="seconds to incident", expected=f"at most {limit_s:g}", seen=f"{took_s:.1f}", passed=took_s <= limit_s
    )
    yield Check(
        name="kind", expected=" or ".join(plan.kinds), seen=finding.kind.value, passed=finding.kind in plan.kinds
    )
    blamed = next(
        (each.stage for each in finding.stages if each.state in (StageState.MISSING, StageState.FAILED)), None
    )
    if plan.stage is not None:
        yield _same("stage to blame", plan.stage, blamed)
    yield _same("promise", promise.name, finding.promise)
    yield _same("owner", promise.owner, finding.owner)
    yield _same("runbook", promise.runbook, finding.runbook)
    yield _same("first check", promise.first_check, finding.first_check)
    if not plan.skips_slot:  # nobody began a run, so nobody said anything
        known = {fact.key: fact.value for fact in finding.evidence}
        for key, value in plan.evidence.items():
            yield _same(f"evidence {key}", value, known.get(key))
    marked = finding.drill and finding.title.startswith(MARK)
    yield Check(name="marked as a drill", expected=f"a title that begins {MARK}", seen=finding.title, passed=marked)
    yield _same("told nobody else", _named(drill.drilled.channels), _named(incident.told))


def _named(channels: Sequence[str]) -> str:
    return ", ".join(sorted(channels)) or "nobody"


def _same(name: str, expected: object, seen: object) -> Check:
    return Check(name=name, expected=_text(expected), seen=_text(seen), passed=expected == seen)


def _text(value: object) -> str:
    return "none" if value is None else str(value)


def _routes(drill: Drill, deliveries: Sequence[Delivery], told: str) -> Iterator[Check]:
    """One check for each channel: it was told once and took it; the dead one refused, and that is on record."""
    for channel in drill.drilled.channels:
        own = [delivery for delivery in deliveries if delivery.channel == channel]
        wanted = DeliveryState.FAILED if channel == DEAD_ROUTE else DeliveryState.ACCEPTED
        yield Check(
            name=f"{channel} {told}",
            expected=_EXPECTED.get(channel, "accepted once"),
            seen="; ".join(map(_receipt, own)) or "nothing was sent",
            passed=[delivery.state for delivery in own] == [wanted],
        )


_EXPECTED = {
    LOOPBACK: "accepted once by the built-in receiver: no drill channel is declared, so nobody was told",
    DEAD_ROUTE: "refused once, and on record as failed",
}


def _receipt(delivery: Delivery) -> str:
    last = delivery.attempts[-1] if delivery.attempts else None
    tries = f", attempt {last.number}" if last is not None and last.number > 1 else ""
    return f"{delivery.state} at {rfc3339(last.at)}: {last.detail}{tries}" if last is not None else str(delivery.state)
