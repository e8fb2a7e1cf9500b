"""Whether somebody is told of an incident: what holds notices back, and what else is open, in; a suppression out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from outproof.core.ids import IncidentId, ProjectId
from outproof.core.time import NEVER, Instant
from outproof.decide.labels import labels_of
from outproof.decide.matcher import Labels, all_match
from outproof.respond.incident import Incident
from outproof.respond.inhibition import Inhibitor
from outproof.respond.maintenance import Maintenance
from outproof.respond.silence import Silence
from outproof.respond.suppression import Suppression, SuppressionKind, Suppressors


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An incident that is open, as what may explain others."""

    id: IncidentId
    title: str
    parts: tuple[Labels, ...]


def label_sets(incident: Incident, project: ProjectId) -> tuple[Labels, ...]:
    """The labels of each part of an incident that is broken; those of the whole where it has no parts of its own."""
    own = tuple(about.labels for about in incident.broken if not about.makes_up)
    return own or (labels_of(incident.finding, project),)


def source(incident: Incident, project: ProjectId) -> Source:
    """An open incident as what may explain others."""
    return Source(id=incident.id, title=incident.finding.title, parts=label_sets(incident, project))


def suppressed(
    incident: Incident, held: Suppressors, open_ones: Collection[Source], *, project: ProjectId, now: Instant
) -> Suppression | None:
    """What holds back the notices of an incident now; None: nothing.

    An incident of several parts is held back only if every one of them is: a silence of one segment must not hide
    another. Then it is what ends first that counts. A drill is never held back: it proves that the road works. Of
    `open_ones`, all that are not over, the incident itself may be one.
    """
    if incident.finding.drill:
        return None
    if incident.part_of is not None:
        whole = next((each for each in open_ones if each.id == incident.part_of), None)
        if whole is not None:
            return Suppression(SuppressionKind.MERGED, whole.id, f"it is part of {whole.title}")
    others = [each for each in open_ones if each.id != incident.id]
    found: Suppression | None = None
    for labels in label_sets(incident, project):
        suppression = suppressed_labels(labels, held, others, now)
        if suppression is None:
            return None
        if found is None or _ends(suppression) < _ends(found):
            found = suppression
    return found


def audible(
    incident: Incident, held: Suppressors, open_ones: Collection[Source], *, project: ProjectId, now: Instant
) -> tuple[Labels, ...]:
    """The labels of those broken parts of an incident that nothing holds back now."""
    others = [each for each in open_ones if each.id != incident.id]
    parts = label_sets(incident, project)
    return tuple(labels for labels in parts if suppressed_labels(labels, held, others, now) is None)


def explains(opened: Source, inhibitors: Iterable[Inhibitor]) -> bool:
    """Whether an open incident may explain others by any of these rules."""
    return any(all_match(each.source, labels) for each in inhibitors for labels in opened.parts)


def suppressed_labels(
    labels: Labels, held: Suppressors, open_ones: Iterable[Source], now: Instant
) -> Suppression | None:
    """What holds back the notices of what has these labels now, of several what lasts longest."""
    found = [
        *(_by_silence(silence) for silence in held.silences if silence.covers(labels, now)),
        *(_by_maintenance(each, now) for each in held.maintenance if each.covers(labels, now)),
    ]
    if found:
        return max(found, key=_ends)
    for inhibitor in held.inhibitors:
        for each in open_ones if all_match(inhibitor.target, labels) else ():
            if inhibitor.inhibits(each.parts, labels):
                return Suppression(SuppressionKind.INHIBITED, each.id, f"{each.title} explains it ({inhibitor.name})")
    return None


def _by_silence(silence: Silence) -> Suppression:
    return Suppression(
        SuppressionKind.SILENCE, silence.id, f"silenced by {silence.by}: {silence.reason}", silence.ends_at
    )


def _by_maintenance(maintenance: Maintenance, now: Instant) -> Suppression:
    reason = f"maintenance {maintenance.name}: {maintenance.reason}"
    return Suppression(SuppressionKind.MAINTENANCE, maintenance.name, reason, maintenance.until(now))


def _ends(suppression: Suppression) -> Instant:
    return NEVER if suppression.until is None else suppression.until
