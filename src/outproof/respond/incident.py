"""The life of an incident: a finding and its open incident in; the new incident, timeline entries and notices out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId, ProjectId, incident_id, notice_id
from outproof.core.time import Instant
from outproof.decide.finding import About, Finding, FindingKind
from outproof.respond.notification import Notice, NoticeKind, Notification
from outproof.respond.route import Routes

_SEVERITY_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
_KIND_RANK = {  # not knowing is less than being late, and both are less than being wrong
    FindingKind.CLOCK_SUSPECT: 0,
    FindingKind.MONITOR_DOWN: 0,
    FindingKind.UNVERIFIED: 0,
    FindingKind.DRILL_OVERDUE: 0,
    FindingKind.SLOW: 1,
    FindingKind.STUCK: 1,
    FindingKind.NEVER_STARTED: 1,
    FindingKind.LATE: 1,
    FindingKind.STALE: 1,
    FindingKind.THRESHOLD: 2,
    FindingKind.INVARIANT: 2,
    FindingKind.TOOL_LOOP: 2,
    FindingKind.CONSERVATION: 2,
    FindingKind.BROKEN: 2,
    FindingKind.FAILED: 2,
}

BROKEN_MAX = 1_000
"""Breaks of one promise that are told apart; more are counted."""

NAMED_MAX = 5
"""Breaks that a sentence names."""

OURSELVES = "outproof"
"""The actor of what no person did."""


class IncidentState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class EntryKind(StrEnum):
    OPENED = "opened"
    RECURRED = "recurred"
    PROOF = "proof"
    VERDICT = "verdict"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    ACTED = "acted"
    """Somebody did something about it, or what they asked for ended."""
    DECLARED = "declared"
    """Its promise was taken out of the files, or put back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an incident's timeline."""

    at: Instant
    kind: EntryKind
    text: str
    actor: str = OURSELVES


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One break, from its first sight to its end. What breaks again later is a new incident of the same key.

    `finding` is what is known now, at the worst severity it ever had. `told` are the channels that heard of it.
    `broken` are the runs and slots of its promise that are broken now, where one incident holds several.
    """

    id: IncidentId
    state: IncidentState
    finding: Finding
    opened_at: Instant
    updated_at: Instant
    generation: int
    told: tuple[str, ...] = ()
    broken: tuple[About, ...] = ()
    acknowledged_at: Instant | None = None
    acknowledged_by: str | None = None
    resolved_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What to save and whom to tell. `incident` None: nothing changes."""

    incident: Incident | None = None
    entries: tuple[Entry, ...] = ()
    notices: tuple[Notice, ...] = ()


def respond(
    finding: Finding, current: Incident | None, *, project: ProjectId, now: Instant, routes: Routes
) -> Response:
    """What follows from a finding. `current` is the unresolved incident of its key; None: there is none.

    Channels are told when an incident opens, when it is over, and when its kind or severity rises: not of each
    further occurrence, which nobody would do anything about.
    """
    if current is None:
        return _opened(finding, project, now, routes) if finding.firing else Response()
    if not finding.firing:
        return _held(finding, current, now)
    return _updated(finding, current, now, routes)


def close(incident: Incident, by: str, reason: str, now: Instant) -> Response:
    """Somebody ends it by hand; who and why stay on record. What is over has nothing left to end."""
    if incident.state is IncidentState.RESOLVED:
        return Response()
    return _resolved(replace(incident.finding, reason=f"closed by {by}: {reason}"), incident, now, by)


def acknowledge(incident: Incident, by: str, now: Instant) -> Response:
    """Somebody takes it. The first to do so stays on record; a resolved incident has nothing left to take."""
    if incident.state is not IncidentState.OPEN:
        return Response()
    taken = replace(
        incident,
        state=IncidentState.ACKNOWLEDGED,
        acknowledged_at=now,
        acknowledged_by=by,
        updated_at=now,
        generation=incident.generation + 1,
    )
    return Response(taken, (Entry(now, EntryKind.ACKNOWLEDGED, f"{by} takes it", by),))


def _opened(finding: Finding, project: ProjectId, now: Instant, routes: Routes) -> Response:
    channels = routes.channels(finding.severity, finding.channels)
    incident = Incident(
        id=incident_id(project, finding.key, now),
        state=IncidentState.OPEN,
        finding=finding,
        opened_at=now,
        updated_at=now,
        generation=1,
        told=channels,
        broken=() if finding.about is None else (finding.about,),
    )
    said_already = finding.headline is None or finding.reason.startswith(finding.headline)
    text = finding.reason if said_already else f"{finding.headline}: {finding.reason}"
    return Response(incident, (Entry(now, EntryKind.OPENED, text),), _notices(incident, NoticeKind.OPENED, channels))


def _held(finding: Finding, current: Incident, now: Instant) -> Response:
    """What follows when a run or a slot holds: it and every older one are off the list, and the last one ends it."""
    about = finding.about
    if about is None:
        return _resolved(finding, current, now)
    older = tuple(other for other in current.broken if other.id != about.id and other.at <= about.at)
    left = tuple(other for other in current.broken if other.at > about.at and other.id != about.id)
    if not left:
        made_up = f"{finding.reason}; never repaired: {_names(older)}" if older else finding.reason
        return _resolved(replace(finding, reason=made_up), current, now)
    if left == current.broken:
        return Response()
    incident = replace(current, broken=left, updated_at=now, generation=current.generation + 1)
    text = f"{about.name} is proven; still broken: {_names(left)}"
    return Response(incident, (Entry(now, EntryKind.PROOF, text),))


def _names(broken: Sequence[About]) -> str:
    named = ", ".join(about.name for about in broken[-NAMED_MAX:])
    more = len(broken) - NAMED_MAX
    return f"{named} and {more} earlier" if more > 0 else named


def _resolved(finding: Finding, current: Incident, now: Instant, by: str = OURSELVES) -> Response:
    """The end of it. What the incident was about stays; what is proven by now is taken from the finding."""
    known = replace(
        current.finding,
        firing=False,
        reason=finding.reason,
        evidence=finding.evidence or current.finding.evidence,
        stages=finding.stages or current.finding.stages,
    )
    incident = replace(
        current,
        state=IncidentState.RESOLVED,
        finding=known,
        updated_at=now,
        resolved_at=now,
        broken=(),
        generation=current.generation + 1,
    )
    notices = _notices(incident, NoticeKind.RESOLVED, current.told)
    return Response(incident, (Entry(now, EntryKind.RESOLVED, finding.reason, by),), notices)


def _updated(finding: Finding, current: Incident, now: Instant, routes: Routes) -> Response:
    old = current.finding
    broken, again = _broken(finding.about, current.broken)
    shown = finding if _is_newest(finding, broken) else old
    new = replace(
        shown,
        severity=max(old.severity, finding.severity, key=_SEVERITY_RANK.__getitem__),
        occurrences=max(old.occurrences + again, finding.occurrences),
        exemplars=finding.exemplars or old.exemplars,
    )
    if _without_window(new) == _without_window(old) and broken == current.broken:
        return Response()
    incident = replace(current, finding=new, broken=broken, updated_at=now, generation=current.generation + 1)
    entries = tuple(_entries(old, new, now, again=again))
    if not _rose(old, new):
        return Response(incident, entries)
    usual = routes.channels(new.severity, new.channels)
    late = tuple(channel for channel in usual if channel not in current.told)
    incident = replace(incident, told=(*current.told, *late))
    notices = _notices(incident, NoticeKind.UPDATED, current.told) + _notices(incident, NoticeKind.OPENED, late)
    return Response(incident, entries, notices)


def _broken(about: About | None, known: tuple[About, ...]) -> tuple[tuple[About, ...], int]:
    """The breaks of the incident with this one among them, in the order of their time, and 1 where it is a new one."""
    if about is None:
        return known, 0
    others = tuple(other for other in known if other.id != about.id)
    together = sorted((*others, about), key=lambda each: (each.at, each.id))
    return tuple(together[-BROKEN_MAX:]), int(len(others) == len(known))


def _is_newest(finding: Finding, broken: Sequence[About]) -> bool:
    """Whether this is the break to show: of several the newest, which is the one that is likely to be mended."""
    return finding.about is None or broken[-1].id == finding.about.id


def _entries(old: Finding, new: Finding, now: Instant, *, again: int) -> list[Entry]:
    """Lines for what changed. Recurrences are told at 2, 4, 8, …: the timeline stays readable when thousands break."""
    entries = []
    if new.occurrences.bit_length() > old.occurrences.bit_length():
        which = f", the newest is {new.about.name}: {new.reason}" if again and new.about else ""
        entries.append(Entry(now, EntryKind.RECURRED, f"{new.occurrences} occurrences so far{which}"))
    if not again and (new.kind, new.severity, new.reason) != (old.kind, old.severity, old.reason):
        kind = EntryKind.RECURRED if new.promise is None else EntryKind.VERDICT
        entries.append(Entry(now, kind, f"{new.kind}, {new.severity}: {new.reason}"))
    return entries


def _rose(old: Finding, new: Finding) -> bool:
    return _SEVERITY_RANK[new.severity] > _SEVERITY_RANK[old.severity] or _KIND_RANK[new.kind] > _KIND_RANK[old.kind]


def _without_window(finding: Finding) -> Finding:
    """The finding without what moves by itself, so that time passing is not news."""
    if finding.measure is None:
        return finding
    return replace(finding, measure=replace(finding.measure, window_start=None, window_end=None))


def _notices(incident: Incident, kind: NoticeKind, channels: tuple[str, ...]) -> tuple[Notice, ...]:
    finding = incident.finding
    notification = Notification(
        kind=kind,
        incident_id=incident.id,
        generation=incident.generation,
        at=incident.updated_at,
        opened_at=incident.opened_at,
        severity=finding.severity,
        finding_kind=finding.kind,
        title=finding.title,
        reason=finding.reason,
        subject=finding.subject.name,
        owner=finding.owner,
        occurrences=finding.occurrences,
        headline=finding.headline,
        first_check=finding.first_check,
        runbook=finding.runbook,
        policy=finding.policy,
        promise=finding.promise,
        exemplar=finding.exemplars[0] if finding.exemplars else None,
        facts=finding.evidence,
        stages=finding.stages,
    )
    return tuple(
        Notice(notice_id(incident.id, incident.generation, channel), channel, notification) for channel in channels
    )
