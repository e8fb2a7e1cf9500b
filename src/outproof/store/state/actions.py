"""What responders did, in SQL: one row per act and key, changed by compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select, update

from outproof.core.ids import IncidentId, ProjectId, RunId
from outproof.respond.action import UNFINISHED, ActionRecord
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import actions

_record = msgspec.json.Decoder(ActionRecord)
_encode = msgspec.json.Encoder().encode


class SqlActions:
    """`ports.Actions` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def save(self, record: ActionRecord) -> bool:
        values = {
            "state": record.state.value,
            "body": _encode(record).decode(),
            "by": record.by,
            "at": record.at,
            "finished_at": record.finished_at,
            "undo_of": record.undo_of,
            "generation": record.generation,
        }
        if record.generation == 1:
            row = {
                "project_id": self._project,
                "id": record.id,
                "incident_id": record.incident_id,
                "run_id": record.run_id,
                "action": record.action,
                "kind": record.kind.value,
                "key": record.key,
                **values,
            }
            return insert_new(self._connection, actions, [row]) == 1
        changed = self._connection.execute(
            update(actions)
            .where(
                actions.c.project_id == self._project,
                actions.c.id == record.id,
                actions.c.generation == record.generation - 1,
            )
            .values(values)
        )
        return changed.rowcount == 1

    def load(self, record: str) -> ActionRecord | None:
        body = self._connection.execute(
            select(actions.c.body).where(actions.c.project_id == self._project, actions.c.id == record)
        ).scalar_one_or_none()
        return None if body is None else _record.decode(body)

    def of_key(self, key: str) -> ActionRecord | None:
        body = self._connection.execute(
            select(actions.c.body).where(actions.c.project_id == self._project, actions.c.key == key)
        ).scalar_one_or_none()
        return None if body is None else _record.decode(body)

    def of_incident(self, incident: IncidentId, limit: int) -> Sequence[ActionRecord]:
        bodies = self._connection.execute(
            select(actions.c.body)
            .where(actions.c.project_id == self._project, actions.c.incident_id == incident)
            .order_by(actions.c.at.desc(), actions.c.id)
            .limit(limit)
        ).scalars()
        return [_record.decode(body) for body in bodies][::-1]

    def of_run(self, run_id: RunId, action: str, limit: int) -> Sequence[ActionRecord]:
        bodies = self._connection.execute(
            select(actions.c.body)
            .where(actions.c.project_id == self._project, actions.c.run_id == run_id, actions.c.action == action)
            .order_by(actions.c.at.desc(), actions.c.id)
            .limit(limit)
        ).scalars()
        return [_record.decode(body) for body in bodies]

    def unfinished(self, limit: int) -> Sequence[ActionRecord]:
        bodies = self._connection.execute(
            select(actions.c.body)
            .where(actions.c.project_id == self._project, actions.c.state.in_([state.value for state in UNFINISHED]))
            .order_by(actions.c.at, actions.c.id)
            .limit(limit)
        ).scalars()
        return [_record.decode(body) for body in bodies]
