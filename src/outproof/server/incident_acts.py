"""What people do about incidents over REST: who takes one, whose it is, notes, what belongs together; in and on record.

Each is idempotent: doing it again, or once it is over, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from litestar import post
from litestar.exceptions import ClientException
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from outproof.core.errors import Transient
from outproof.core.ids import IncidentId
from outproof.core.time import Instant
from outproof.engine.record import put_on_record
from outproof.ports import Transaction
from outproof.respond.audit import AuditEntry, Verb
from outproof.respond.incident import Entry, EntryKind, Incident, Response, acknowledge, assign
from outproof.respond.merge import CannotMerge, merge, split
from outproof.respond.notification import plain
from outproof.scrub.text import preview
from outproof.server import given
from outproof.server.incident_views import Incident as IncidentView
from outproof.server.incidents import shown, unknown

BY_CHARS_MAX = 100
NOTE_CHARS_MAX = 2_000
PARTS_MAX = 200
"""Incidents that may be merged into one."""
_TRIES = 3

By = Annotated[str, Meta(min_length=1, max_length=BY_CHARS_MAX)]


@dataclass(frozen=True, slots=True)
class Person:
    """Who does it."""

    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAssignee:
    """Whose the incident is from now on; null: nobody's."""

    by: By
    to: Annotated[str, Meta(min_length=1, max_length=BY_CHARS_MAX)] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody found out. Secrets and contact data in it are masked before it is kept."""

    by: By
    text: Annotated[str, Meta(min_length=1, max_length=NOTE_CHARS_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """The incident that it is part of."""

    by: By
    into: Annotated[str, Meta(min_length=1, max_length=BY_CHARS_MAX)]


@post("/v1/incidents/{incident:str}/acknowledge", status_code=200, sync_to_thread=True)
def acknowledge_incident(
    incident: FromPath[str],
    data: JSONBody[Person],
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    declared: given.Declared,
) -> IncidentView:
    """Take an incident. The first to do so stays on record; doing it again, or once it is over, changes nothing."""
    return acknowledged(IncidentId(incident), named(data.by), store, clock, project, declared)


@post("/v1/incidents/{incident:str}/assign", status_code=200, sync_to_thread=True)
def assign_incident(
    incident: FromPath[str],
    data: JSONBody[NewAssignee],
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    declared: given.Declared,
) -> IncidentView:
    """Give an incident to somebody: {by, to}. That alone does not acknowledge it: the other may be asleep."""
    by, to = named(data.by), None if data.to is None else named(data.to)

    def change(tx: Transaction, current: Incident, now: Instant) -> bool:
        response = assign(current, to, by, now)
        if response.incident is not None:
            tx.audit.add(AuditEntry(now, by, Verb.INCIDENT_ASSIGNED, current.id, to or "nobody"))
        return put_on_record(tx, response, project=project, routes=declared.routes, now=now)

    return changed(store, clock, IncidentId(incident), change)


@post("/v1/incidents/{incident:str}/notes", status_code=201, sync_to_thread=True)
def add_note(incident: FromPath[str], data: JSONBody[Note], store: given.Store, clock: given.Clock) -> IncidentView:
    """Write a note on the timeline of an incident: {by, text}; also once it is over."""
    by = named(data.by)
    text = plain(preview(data.text, chars_max=NOTE_CHARS_MAX), NOTE_CHARS_MAX)

    def change(tx: Transaction, current: Incident, now: Instant) -> bool:
        tx.incidents.add_entries(current.id, (Entry(now, EntryKind.NOTED, text, by),))
        return True

    return changed(store, clock, IncidentId(incident), change)


@post("/v1/incidents/{incident:str}/merge", status_code=200, sync_to_thread=True)
def merge_incident(
    incident: FromPath[str],
    data: JSONBody[Merging],
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    declared: given.Declared,
) -> IncidentView:
    """Say that an incident is part of another: {into, by}. What was merged into it goes along.

    A part keeps its own proof and its own end, and is not told by itself while the other is open. 409: one of them is
    over, or the other is a part itself.
    """
    by, into = named(data.by), IncidentId(data.into)

    def change(tx: Transaction, current: Incident, now: Instant) -> bool:
        whole = tx.incidents.load(into)
        if whole is None:
            raise unknown(into)
        parts = [part for part in tx.incidents.parts(current.id, PARTS_MAX) if part.resolved_at is None]
        for part in (current, *parts):
            if not _save(tx, merge(part, whole, by, now), whole.id, declared, project, now):
                return False
        tx.audit.add(AuditEntry(now, by, Verb.INCIDENT_MERGED, current.id, into))
        return True

    return changed(store, clock, IncidentId(incident), change)


@post("/v1/incidents/{incident:str}/split", status_code=200, sync_to_thread=True)
def split_incident(
    incident: FromPath[str],
    data: JSONBody[Person],
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    declared: given.Declared,
) -> IncidentView:
    """Say that an incident is no part of another after all: {by}. From now on it is told by itself. 409: it is none."""
    by = named(data.by)

    def change(tx: Transaction, current: Incident, now: Instant) -> bool:
        whole = current.part_of
        response = split(current, by, now)
        assert whole is not None, "what is no part is refused"
        tx.audit.add(AuditEntry(now, by, Verb.INCIDENT_SPLIT, current.id, whole))
        return _save(tx, response, whole, declared, project, now)

    return changed(store, clock, IncidentId(incident), change)


def acknowledged(
    wanted: IncidentId,
    by: str,
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    declared: given.Declared,
) -> IncidentView:
    """An incident after somebody took it, wherever they said so.

    Raises:
        NotFoundException: no such incident is known.
    """

    def change(tx: Transaction, current: Incident, now: Instant) -> bool:
        response = acknowledge(current, by, now)
        if response.incident is not None:
            tx.audit.add(AuditEntry(now, by, Verb.INCIDENT_ACKNOWLEDGED, current.id))
        return put_on_record(tx, response, project=project, routes=declared.routes, now=now)

    return changed(store, clock, wanted, change)


def changed(
    store: given.Store,
    clock: given.Clock,
    wanted: IncidentId,
    change: Callable[[Transaction, Incident, Instant], bool],
) -> IncidentView:
    """An incident after a change. `change` is given what is stored now; False: somebody was first, it tries again.

    Raises:
        NotFoundException: no such incident is known.
        ClientException: it cannot be merged or split, 409.
        Transient: others kept changing it.
    """
    for _ in range(_TRIES):
        try:
            with store.begin() as tx:
                current = tx.incidents.load(wanted)
                if current is None:
                    raise unknown(wanted)
                if not change(tx, current, clock.now()):
                    raise _Changed  # with all that was done in this transaction
                return shown(tx, wanted)
        except CannotMerge as error:
            raise ClientException(str(error), status_code=409) from error
        except _Changed:
            continue
    raise Transient(f"incident {wanted} was changed by others at this moment; do it again")


def named(by: str) -> str:
    """Who does it, as it is put on record."""
    return plain(by, BY_CHARS_MAX) or "somebody"


class _Changed(Exception):
    """Somebody was first."""


def _save(
    tx: Transaction,
    said: tuple[Response, Entry],
    whole: IncidentId,
    declared: given.Declared,
    project: given.Project,
    now: Instant,
) -> bool:
    response, line = said
    if response.incident is None:
        return True
    tx.incidents.add_entries(whole, (line,))
    return put_on_record(tx, response, project=project, routes=declared.routes, now=now)


HANDLERS = [acknowledge_incident, assign_incident, add_note, merge_incident, split_incident]
