"""The life of an incident: a finding and its incident in; the new incident, timeline entries and what to tell out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from outproof.core.ids import IncidentId, ProjectId, incident_id
from outproof.core.time import Instant, after, duration_text, seconds_between
from outproof.decide.finding import Finding
from outproof.decide.labels import labels_of
from outproof.respond.flapping import REOPENED_MAX, Reopening
from outproof.respond.gravity import SEVERITY_RANK, is_worse
from outproof.respond.notification import NoticeKind, Notification
from outproof.respond.parts import NAMED_MAX, Parts, is_shown, names, part_of, with_part, without, worst_first
from outproof.respond.suppression import Suppression
from outproof.respond.told import Telling

OURSELVES = "outproof"
"""The actor of what no person did."""


class IncidentState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


UNRESOLVED = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


class EntryKind(StrEnum):
    """What a line of a timeline is about."""

    OPENED = "opened"
    RECURRED = "recurred"
    PROOF = "proof"
    VERDICT = "verdict"
    NOTIFIED = "notified"
    ESCALATED = "escalated"
    HELD_BACK = "held_back"  # somebody is not told, or is told now, and why
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    NOTED = "noted"
    MERGED = "merged"
    SPLIT = "split"
    MARKED = "marked"  # a responder said what the page was worth
    RESOLVED = "resolved"
    REOPENED = "reopened"
    FLAPPING = "flapping"
    ACTED = "acted"  # somebody did something about it, or what they asked for ended
    DECLARED = "declared"  # its promise was taken out of the files, or put back


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an incident's timeline."""

    at: Instant
    kind: EntryKind
    text: str
    actor: str = OURSELVES


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One break, from its first sight to its end. What breaks again soon is the same incident, reopened.

    `finding` is what is known now, at the worst severity it had since it opened. `broken` are its parts that are broken
    now, where it holds several: runs and slots of a promise, segments of a policy, policies of a group. `resolved_by`
    None: it ended by proof. `part_of`: a person says that it belongs to that other incident.
    """

    id: IncidentId
    state: IncidentState
    finding: Finding
    opened_at: Instant
    updated_at: Instant
    generation: int
    broken: Parts = ()
    acknowledged_at: Instant | None = None
    acknowledged_by: str | None = None
    assignee: str | None = None
    resolved_at: Instant | None = None
    resolved_by: str | None = None
    reopened: tuple[Instant, ...] = ()
    flapping: bool = False
    part_of: IncidentId | None = None

    # What telling remembers: who heard of it, what holds notices back, and when there may be somebody to tell although
    # nothing happens.
    told: tuple[str, ...] = ()
    telling: Telling = field(default_factory=Telling)
    suppression: Suppression | None = None
    tell_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What to save, and what there is to tell. `incident` None: nothing changes; `news` None: nothing to tell.

    `expected` is the generation that must still be stored, 0 for a new incident.
    """

    incident: Incident | None = None
    entries: tuple[Entry, ...] = ()
    news: NoticeKind | None = None
    expected: int = 0


def respond(
    finding: Finding,
    current: Incident | None,
    *,
    project: ProjectId,
    now: Instant,
    is_news: bool = True,
    reopening: Reopening = Reopening(),  # noqa: B008  # it is frozen
) -> Response:
    """What follows from a finding. `current` is the newest incident of its key, open or over; None: there is none.

    `is_news` False: it was as broken the last time somebody looked. Then nothing opens: what is over stays so, because
    somebody closed it by hand or a later run made up for it.

    There is something to tell when an incident opens, when it is over, when it breaks again, and when its kind or
    severity rises: not of each further occurrence, which nobody would do anything about.
    """
    part = part_of(finding, project)
    if current is None or current.state is IncidentState.RESOLVED:
        if not finding.firing or not is_news:
            return Response()
        if current is not None and _reopens(finding, current, reopening, now):
            return _reopened(finding, part, current, reopening, now)
        return _opened(finding, part, project, now)
    if not finding.firing:
        return _held(finding, current, reopening, now)
    return _updated(finding, part, current, now)


def close(incident: Incident, by: str, reason: str, now: Instant) -> Response:
    """Somebody ends it by hand; who and why stay on record. What is over has nothing left to end."""
    if incident.state is IncidentState.RESOLVED:
        return Response()
    over = replace(incident.finding, reason=f"closed by {by}: {reason}")
    return _resolved(over, replace(incident, flapping=False, resolved_by=by), Reopening(), now)


def acknowledge(incident: Incident, by: str, now: Instant) -> Response:
    """Somebody takes it. The first to do so stays on record; a resolved incident has nothing left to take."""
    if incident.state is not IncidentState.OPEN:
        return Response()
    taken = replace(
        incident,
        state=IncidentState.ACKNOWLEDGED,
        acknowledged_at=now,
        acknowledged_by=by,
        assignee=incident.assignee or by,
    )
    return _changed(taken, now, Entry(now, EntryKind.ACKNOWLEDGED, f"{by} takes it", by), NoticeKind.ACKNOWLEDGED)


def assign(incident: Incident, to: str | None, by: str, now: Instant) -> Response:
    """Somebody gives it to somebody, or to nobody. That alone does not acknowledge it: the other may be asleep."""
    if incident.state is IncidentState.RESOLVED or incident.assignee == to:
        return Response()
    text = f"{by} takes it off {incident.assignee}" if to is None else f"{by} gives it to {to}"
    return _changed(replace(incident, assignee=to), now, Entry(now, EntryKind.ASSIGNED, text, by))


def calmed(incident: Incident, now: Instant) -> Response:
    """What there is to tell of a flapping incident that is over and stayed so: only now, that it is over."""
    if incident.state is not IncidentState.RESOLVED or not incident.flapping:
        return Response()
    if incident.tell_at is not None and now < incident.tell_at:
        return Response()
    held = duration_text(max(1.0, seconds_between(incident.resolved_at or now, now)))
    entry = Entry(now, EntryKind.FLAPPING, f"it has held for {held}: it is told as over")
    return _changed(replace(incident, flapping=False, tell_at=None), now, entry, NoticeKind.RESOLVED)


def notification(incident: Incident, kind: NoticeKind, project: ProjectId) -> Notification:
    """What channels are told of an incident as it is now."""
    finding = incident.finding
    by = {NoticeKind.ACKNOWLEDGED: incident.acknowledged_by, NoticeKind.RESOLVED: incident.resolved_by}
    return Notification(
        kind=kind,
        incident_id=incident.id,
        generation=incident.generation,
        at=incident.updated_at,
        opened_at=incident.opened_at,
        severity=finding.severity,
        finding_kind=finding.kind,
        title=finding.title,
        reason=_flapping(incident) if incident.flapping else finding.reason,
        subject=_where(finding),
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
        labels=labels_of(finding, project),
        by=by.get(kind),
        broken=tuple(about.name for about in worst_first(incident.broken)[:NAMED_MAX]),
        broken_count=len(incident.broken),
    )


def _where(finding: Finding) -> str:
    """What it is about, and which segment of it; a policy of a group is none."""
    about, name = finding.about, finding.subject.name
    if finding.policy is None or about is None or about.name.startswith(finding.policy):
        return name
    return f"{name}, {about.name}"


def _flapping(incident: Incident) -> str:
    return f"{incident.finding.reason} (flapping: each turn is not told any more, only that it is over or worse)"


def _changed(incident: Incident, now: Instant, entry: Entry, news: NoticeKind | None = None) -> Response:
    """One generation further."""
    was = incident.generation
    return Response(replace(incident, updated_at=now, generation=was + 1), (entry,), news, was)


def _opened(finding: Finding, part: Parts, project: ProjectId, now: Instant) -> Response:
    incident = Incident(
        id=incident_id(project, finding.key, now),
        state=IncidentState.OPEN,
        finding=finding,
        opened_at=now,
        updated_at=now,
        generation=1,
        broken=part,
    )
    return Response(incident, (Entry(now, EntryKind.OPENED, _said(finding)),), NoticeKind.OPENED)


def _said(finding: Finding) -> str:
    said_already = finding.headline is None or finding.reason.startswith(finding.headline)
    return finding.reason if said_already else f"{finding.headline}: {finding.reason}"


def _reopens(finding: Finding, over: Incident, reopening: Reopening, now: Instant) -> bool:
    """Whether it is the same incident again: what a person closed is over, and every drill is one of its own."""
    if over.resolved_at is None or over.resolved_by is not None or finding.drill or over.finding.drill:
        return False
    return reopening.reopens(over.resolved_at, now)


def _reopened(finding: Finding, part: Parts, over: Incident, reopening: Reopening, now: Instant) -> Response:
    """The same incident, open again. Nobody has taken it any more, unless it only flaps: then who did has it still."""
    reopened = (*over.reopened, now)[-REOPENED_MAX:]
    flaps = reopening.is_flapping(reopened, now)
    taken = flaps and over.acknowledged_at is not None
    open_again = replace(
        over,
        state=IncidentState.ACKNOWLEDGED if taken else IncidentState.OPEN,
        finding=replace(finding, occurrences=max(over.finding.occurrences + 1, finding.occurrences)),
        broken=part,
        acknowledged_at=over.acknowledged_at if taken else None,
        acknowledged_by=over.acknowledged_by if taken else None,
        resolved_at=None,
        reopened=reopened,
        flapping=flaps,
        tell_at=None,
    )
    held = duration_text(max(1.0, seconds_between(over.resolved_at or now, now)))
    entry = Entry(now, EntryKind.REOPENED, f"broken again {held} after it was over: {_said(finding)}")
    tells_turns = not (flaps and over.flapping)
    changed = _changed(open_again, now, entry, NoticeKind.REOPENED if tells_turns else None)
    if not flaps or over.flapping:
        return changed
    within = duration_text(reopening.flapping_within_s)
    noticed = f"flapping: reopened {len(reopened)} times within {within}; channels are not told of each turn any more"
    return replace(changed, entries=(entry, Entry(now, EntryKind.FLAPPING, noticed)))


def _held(finding: Finding, current: Incident, reopening: Reopening, now: Instant) -> Response:
    """What follows when a part holds: it is off the list, with what it makes up for, and the last one ends it."""
    about = finding.about
    if about is None:
        return _resolved(finding, current, reopening, now)
    left, made_up_for = without(about, current.broken)
    if not left:
        made_up = f"{finding.reason}; never repaired: {names(made_up_for)}" if made_up_for else finding.reason
        return _resolved(replace(finding, reason=made_up), current, reopening, now)
    if left == current.broken:
        return Response()
    holds = f"{about.name} is proven" if about.makes_up else f"{about.name}: {finding.reason}"
    entry = Entry(now, EntryKind.PROOF, f"{holds}; still broken: {names(left)}")
    return _changed(replace(current, broken=left), now, entry)


def _resolved(finding: Finding, current: Incident, reopening: Reopening, now: Instant) -> Response:
    """The end of it. What the incident was about stays; what is proven by now is taken from the finding.

    That a flapping one is over is told when it cannot be reopened any more, which is when it has held.
    """
    known = replace(
        current.finding,
        firing=False,
        reason=finding.reason,
        evidence=finding.evidence or current.finding.evidence,
        stages=finding.stages or current.finding.stages,
    )
    over = replace(
        current,
        state=IncidentState.RESOLVED,
        finding=known,
        resolved_at=now,
        broken=(),
        tell_at=after(now, reopening.reopen_s) if current.flapping else None,
    )
    entry = Entry(now, EntryKind.RESOLVED, finding.reason, current.resolved_by or OURSELVES)
    return _changed(over, now, entry, None if current.flapping else NoticeKind.RESOLVED)


def _updated(finding: Finding, part: Parts, current: Incident, now: Instant) -> Response:
    old = current.finding
    broken, again = with_part(part, current.broken)
    is_same = old.about is None or finding.about is None or old.about.id == finding.about.id
    has_recovered = old.about is not None and all(about.id != old.about.id for about in broken)
    shown = finding if is_same or has_recovered or is_shown(finding, broken) else old
    makes_up = finding.about is None or finding.about.makes_up
    new = replace(
        shown,
        severity=max(old.severity, finding.severity, key=SEVERITY_RANK.__getitem__),
        occurrences=max(old.occurrences + again, finding.occurrences),
        exemplars=shown.exemplars or (old.exemplars if is_same or makes_up else ()),  # of a segment only its own
    )
    if _without_window(new) == _without_window(old) and broken == current.broken:
        return Response()
    was = current.generation
    incident = replace(current, finding=new, broken=broken, updated_at=now, generation=was + 1)
    entries = tuple(_entries(old, new, now, again=again))
    news = NoticeKind.UPDATED if is_worse(new, than=(old.severity, old.kind)) else None
    return Response(incident, entries, news, was)


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


def _without_window(finding: Finding) -> Finding:
    """The finding without what moves by itself, so that time passing is not news."""
    if finding.measure is None:
        return finding
    return replace(finding, measure=replace(finding.measure, window_start=None, window_end=None))
