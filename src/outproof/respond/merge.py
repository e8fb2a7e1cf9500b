"""Incidents that a person says are one, and are not: incidents in; what to save, and the line for the other, out.

A part keeps its own proof and its own end. It is only not told by itself while the incident it belongs to is open;
should that be over first, the part is told, so that nothing stays hidden.
"""

from __future__ import annotations

from dataclasses import replace

from outproof.core.time import Instant
from outproof.respond.incident import Entry, EntryKind, Incident, IncidentState, Response


class CannotMerge(ValueError):
    """The two cannot be one; the message says why."""


def merge(part: Incident, into: Incident, by: str, now: Instant) -> tuple[Response, Entry]:
    """Make an incident a part of another: what to save of the part, and the line for the timeline of the other.

    Raises:
        CannotMerge: one of them is over, they are the same, or the other is a part itself.
    """
    if part.id == into.id:
        raise CannotMerge(f"expected two incidents, got {part.id} twice")
    for each in (part, into):
        if each.state is IncidentState.RESOLVED:
            raise CannotMerge(f"expected incidents that are not over, and {each.id} is")
    if into.part_of is not None:
        raise CannotMerge(f"{into.id} is itself part of {into.part_of}: merge into that one")
    if part.finding.drill != into.finding.drill:
        raise CannotMerge("expected two drills or none: what was broken on purpose explains nothing real")
    if part.part_of == into.id:
        return Response(), Entry(now, EntryKind.MERGED, "", by)
    was = part.generation
    merged = replace(part, part_of=into.id, updated_at=now, generation=was + 1)
    ours = Entry(now, EntryKind.MERGED, f"{by} says that it is part of {into.id}: {into.finding.title}", by)
    theirs = Entry(now, EntryKind.MERGED, f"{by} says that {part.id} is part of it: {part.finding.title}", by)
    return Response(merged, (ours,), None, was), theirs


def split(part: Incident, by: str, now: Instant) -> tuple[Response, Entry]:
    """Make a part an incident of its own again: what to save of it, and the line for the timeline of the other.

    Raises:
        CannotMerge: it is part of none.
    """
    if part.part_of is None:
        raise CannotMerge(f"{part.id} is part of no other incident")
    was = part.generation
    alone = replace(part, part_of=None, updated_at=now, generation=was + 1)
    ours = Entry(now, EntryKind.SPLIT, f"{by} says that it is no part of {part.part_of}", by)
    theirs = Entry(now, EntryKind.SPLIT, f"{by} says that {part.id} is no part of it: {part.finding.title}", by)
    return Response(alone, (ours,), None, was), theirs
