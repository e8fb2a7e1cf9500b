"""Incidents and their timelines in SQL: at most one unresolved incident per key, changed by compare-and-set."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from outproof.core.ids import IncidentId, ProjectId, RunId
from outproof.core.time import Instant
from outproof.respond.incident import Entry, EntryKind, Incident, IncidentState
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import incidents, timeline

_UNRESOLVED = select(incidents.c.body).where(
    incidents.c.project_id == bindparam("project"), incidents.c.open_key == bindparam("key")
)
_LAST = (
    select(incidents.c.body)
    .where(incidents.c.project_id == bindparam("project"), incidents.c.key == bindparam("key"))
    .order_by(incidents.c.resolved_at.desc(), incidents.c.opened_at.desc())
    .limit(1)
)
_TO_TELL = (
    select(incidents.c.body)
    .where(incidents.c.project_id == bindparam("project"), incidents.c.tell_at <= bindparam("now"))
    .order_by(incidents.c.tell_at, incidents.c.id)
    .limit(bindparam("limit"))
)
_ADD_ENTRIES = insert(timeline)
_incident = msgspec.json.Decoder(Incident)
_encode = msgspec.json.Encoder().encode


class SqlIncidents:
    """`ports.Incidents` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def unresolved(self, key: str) -> Incident | None:
        of = {"project": self._project, "key": self._open_key(key)}
        body = self._connection.execute(_UNRESOLVED, of).scalar_one_or_none()
        return None if body is None else _incident.decode(body)

    def current(self, key: str) -> Incident | None:
        found = self.unresolved(key)
        if found is not None:
            return found
        body = self._connection.execute(_LAST, {"project": self._project, "key": key}).scalar_one_or_none()
        return None if body is None else _incident.decode(body)

    def load(self, incident: IncidentId) -> Incident | None:
        body = self._connection.execute(
            select(incidents.c.body).where(incidents.c.project_id == self._project, incidents.c.id == incident)
        ).scalar_one_or_none()
        return None if body is None else _incident.decode(body)

    def newest(self, states: Collection[IncidentState], limit: int, *, drills: bool = False) -> Sequence[Incident]:
        query = select(incidents.c.body).where(
            incidents.c.project_id == self._project, incidents.c.state.in_([state.value for state in states])
        )
        if not drills:
            query = query.where(incidents.c.drill.is_(False))
        bodies = self._connection.execute(
            query.order_by(incidents.c.opened_at.desc(), incidents.c.id).limit(limit)
        ).scalars()
        return [_incident.decode(body) for body in bodies]

    def of_key(self, key: str) -> Sequence[Incident]:
        bodies = self._connection.execute(
            select(incidents.c.body)
            .where(incidents.c.project_id == self._project, incidents.c.key == key)
            .order_by(incidents.c.opened_at, incidents.c.id)
        ).scalars()
        return [_incident.decode(body) for body in bodies]

    def of_run(self, run_id: RunId, limit: int) -> Sequence[Incident]:
        return self._listed(incidents.c.run_id == run_id, limit=limit)

    def parts(self, incident: IncidentId, limit: int) -> Sequence[Incident]:
        return self._listed(incidents.c.part_of == incident, limit=limit)

    def open_since(self, since: Instant, limit: int) -> Sequence[Incident]:
        return self._listed(or_(incidents.c.resolved_at.is_(None), incidents.c.resolved_at > since), limit=limit)

    def to_tell(self, now: Instant, limit: int) -> Sequence[Incident]:
        bodies = self._connection.execute(_TO_TELL, {"project": self._project, "now": now, "limit": limit}).scalars()
        return [_incident.decode(body) for body in bodies]

    def _listed(self, which: ColumnElement[bool], *, limit: int) -> Sequence[Incident]:
        """Some incidents, the newest first."""
        bodies = self._connection.execute(
            select(incidents.c.body)
            .where(incidents.c.project_id == self._project, which)
            .order_by(incidents.c.opened_at.desc(), incidents.c.id)
            .limit(limit)
        ).scalars()
        return [_incident.decode(body) for body in bodies]

    def save(self, incident: Incident, *, expected: int) -> bool:
        values = {
            "state": incident.state.value,
            "severity": incident.finding.severity.value,
            "kind": incident.finding.kind.value,
            "owner": incident.finding.owner,
            "run_id": incident.finding.run_id,
            "updated_at": incident.updated_at,
            "resolved_at": incident.resolved_at,
            "generation": incident.generation,
            "drill": incident.finding.drill,
            "part_of": incident.part_of,
            "tell_at": incident.tell_at,
            "open_key": None if incident.state is IncidentState.RESOLVED else self._open_key(incident.finding.key),
            "body": _encode(incident).decode(),
        }
        if expected == 0:
            row = {
                "project_id": self._project,
                "id": incident.id,
                "key": incident.finding.key,
                "opened_at": incident.opened_at,
                **values,
            }
            return insert_new(self._connection, incidents, [row]) == 1
        change = (
            update(incidents)
            .where(
                incidents.c.project_id == self._project,
                incidents.c.id == incident.id,
                incidents.c.generation == expected,
            )
            .values(values)
        )
        if not incident.reopened:
            return self._connection.execute(change).rowcount == 1
        try:
            with self._connection.begin_nested():
                return self._connection.execute(change).rowcount == 1
        except IntegrityError:  # somebody opened a new incident of its key at this moment
            return False

    def add_entries(self, incident: IncidentId, entries: Sequence[Entry]) -> None:
        if entries:
            self._connection.execute(
                _ADD_ENTRIES,
                [
                    {
                        "project_id": self._project,
                        "incident_id": incident,
                        "at": entry.at,
                        "kind": entry.kind.value,
                        "text": entry.text,
                        "actor": entry.actor,
                    }
                    for entry in entries
                ],
            )

    def timeline(self, incident: IncidentId) -> Sequence[Entry]:
        rows = self._connection.execute(
            select(timeline.c.at, timeline.c.kind, timeline.c.text, timeline.c.actor)
            .where(timeline.c.project_id == self._project, timeline.c.incident_id == incident)
            .order_by(timeline.c.number)
        )
        return [Entry(Instant(row.at), EntryKind(row.kind), row.text, row.actor) for row in rows]

    def _open_key(self, key: str) -> str:
        """Unique while unresolved; the project's length stands first, so that no two pairs make the same text."""
        return f"{len(self._project)}:{self._project}:{key}"
