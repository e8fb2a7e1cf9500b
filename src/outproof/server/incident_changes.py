"""What changed when an incident began, over REST: its id in; the values that explain the breach out."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import get
from litestar.params import FromPath

from outproof.core.ids import IncidentId
from outproof.core.time import rfc3339
from outproof.decide.fault import fault
from outproof.decide.finding import Finding
from outproof.decide.policy import Policy
from outproof.decide.question import Measured, Span
from outproof.engine.explain import scope_of, spans
from outproof.measure.attribution import Bad, Cause, said
from outproof.server import given
from outproof.server.incidents import unknown

_NO_POLICY = "its policy is no longer declared, or it is not about a policy: there is no window to compare"
_NO_FAULT = "no single answer is bad under this policy: what it measures is only true of all of them together"
_NOT_MORE = "no more answers were bad than before"
_ALIKE = "what is too many is spread evenly: no value stands out"


@dataclass(frozen=True, slots=True)
class Compared:
    """A window, and how many of its answers are bad: of all traffic, where it was sampled."""

    start: str
    end: str
    bad: float
    of: float


@dataclass(frozen=True, slots=True)
class ChangeCause:
    """One value, and how much of the breach it explains: a ratio within a 95 % interval. `value` null: not said.

    `lift` is how many times as often its answers are bad as those of the whole window; null where none is bad.
    """

    dimension: str
    value: str | None
    bad: float
    of: float
    bad_before: float
    of_before: float
    explains_ratio: float
    interval: tuple[float, float]
    lift: float | None
    is_new: bool
    text: str


@dataclass(frozen=True, slots=True)
class IncidentChanges:
    """What explains a breach, the most first. Where nothing does, `reason` says why."""

    incident: str
    now: Compared | None
    before: Compared | None
    too_many: float
    causes: list[ChangeCause]
    reason: str | None


@get("/v1/incidents/{incident:str}/changes", sync_to_thread=True)
def list_incident_changes(
    incident: FromPath[str], store: given.Store, windows: given.Windows, declared: given.Declared
) -> IncidentChanges:
    """What changed when an incident began: the values that explain most of the breach against the time before it."""
    with store.look() as tx:
        found = tx.incidents.load(IncidentId(incident))
    if found is None:
        raise unknown(IncidentId(incident))
    finding = found.finding
    policy = next((each for each in declared.policies if each.name == finding.policy), None)
    if policy is None or policy.promise is not None:
        return _nothing(incident, _NO_POLICY)
    what = fault(policy, _measured(finding))
    if what is None:
        return _nothing(incident, _NO_FAULT)
    now, before = spans(policy, found.opened_at if finding.about is None else finding.about.at)
    changes = windows.changes(scope_of(policy, _segment(policy, finding)), now, before, what)
    reason = None if changes.causes else (_ALIKE if changes.too_many else _NOT_MORE)
    return IncidentChanges(
        incident=incident,
        now=_compared(now, changes.now),
        before=_compared(before, changes.before),
        too_many=changes.too_many,
        causes=[_cause(cause) for cause in changes.causes],
        reason=reason,
    )


def _nothing(incident: str, reason: str) -> IncidentChanges:
    return IncidentChanges(incident=incident, now=None, before=None, too_many=0.0, causes=[], reason=reason)


def _measured(finding: Finding) -> Measured:
    """What the incident says was measured: it tells which of several limits was broken."""
    return {} if finding.measure is None else {finding.measure.name: finding.measure.value}


def _segment(policy: Policy, finding: Finding) -> str | None:
    return None if policy.by is None else finding.labels.get(policy.by)


def _compared(span: Span, bad: Bad) -> Compared:
    return Compared(start=rfc3339(span.start), end=rfc3339(span.end), bad=bad.bad, of=bad.of)


def _cause(cause: Cause) -> ChangeCause:
    return ChangeCause(
        dimension=cause.dimension.value,
        value=cause.value,
        bad=cause.now.bad,
        of=cause.now.of,
        bad_before=cause.before.bad,
        of_before=cause.before.of,
        explains_ratio=cause.explains_ratio,
        interval=cause.interval,
        lift=cause.lift,
        is_new=cause.is_new,
        text=said(cause),
    )


HANDLERS = [list_incident_changes]
