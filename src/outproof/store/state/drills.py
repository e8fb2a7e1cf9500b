"""Drills in SQL: each with all that it did and saw, changed by compare-and-set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, and_, func, select, update

from outproof.core.errors import Transient
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.learn.drill import Drill, DrillState
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import drills

PASSED_READ_MAX = 500
"""Passed drills that are read for what they vouch for, the newest first."""

_drill = msgspec.json.Decoder(Drill)
_encode = msgspec.json.Encoder().encode


class SqlDrills:
    """`ports.Drills` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def save(self, drill: Drill) -> None:
        if drill.generation == 1:
            saved = insert_new(self._connection, drills, [self._columns(drill)])
        else:
            saved = self._connection.execute(
                update(drills)
                .where(
                    drills.c.project_id == self._project,
                    drills.c.id == drill.id,
                    drills.c.generation == drill.generation - 1,
                )
                .values(self._columns(drill))
            ).rowcount
        if saved != 1:
            raise Transient(f"drill {drill.id} was changed by somebody else meanwhile; try again")

    def load(self, drill: str) -> Drill | None:
        body = self._connection.execute(
            select(drills.c.body).where(drills.c.project_id == self._project, drills.c.id == drill)
        ).scalar_one_or_none()
        return None if body is None else _drill.decode(body)

    def running(self, limit: int) -> Sequence[Drill]:
        bodies = self._connection.execute(
            select(drills.c.body)
            .where(drills.c.project_id == self._project, drills.c.state == DrillState.RUNNING.value)
            .order_by(drills.c.started_at, drills.c.id)
            .limit(limit)
        ).scalars()
        return [_drill.decode(body) for body in bodies]

    def newest(self, promise: str | None, limit: int) -> Sequence[Drill]:
        query = select(drills.c.body).where(drills.c.project_id == self._project)
        if promise is not None:
            query = query.where(drills.c.promise == promise)
        bodies = self._connection.execute(query.order_by(drills.c.started_at.desc(), drills.c.id).limit(limit))
        return [_drill.decode(body) for body in bodies.scalars()]

    def last(self) -> Mapping[str, Drill]:
        newest = (
            select(drills.c.promise, func.max(drills.c.started_at).label("at"))
            .where(drills.c.project_id == self._project)
            .group_by(drills.c.promise)
            .subquery()
        )
        bodies = self._connection.execute(
            select(drills.c.body)
            .join(newest, and_(newest.c.promise == drills.c.promise, newest.c.at == drills.c.started_at))
            .where(drills.c.project_id == self._project)
        ).scalars()
        return {drill.promise: drill for drill in map(_drill.decode, bodies)}

    def last_passed(self) -> Mapping[str, Instant]:
        rows = self._connection.execute(
            select(drills.c.promise, func.max(drills.c.finished_at))
            .where(drills.c.project_id == self._project, drills.c.state == DrillState.PASSED.value)
            .group_by(drills.c.promise)
        )
        return {promise: Instant(at) for promise, at in rows}

    def last_passed_routes(self) -> Mapping[str, Instant]:
        return self._newest_passed(lambda drill: drill.drilled.channels)

    def last_passed_evaluators(self) -> Mapping[str, Instant]:
        return self._newest_passed(lambda drill: [evaluator.value for evaluator in drill.evaluators])

    def _newest_passed(self, names: Callable[[Drill], Iterable[str]]) -> Mapping[str, Instant]:
        bodies = self._connection.execute(
            select(drills.c.body)
            .where(drills.c.project_id == self._project, drills.c.state == DrillState.PASSED.value)
            .order_by(drills.c.finished_at.desc(), drills.c.id)
            .limit(PASSED_READ_MAX)
        ).scalars()
        found: dict[str, Instant] = {}
        for drill in map(_drill.decode, bodies):
            for name in names(drill):
                if drill.finished_at is not None:
                    found.setdefault(name, drill.finished_at)
        return found

    def _columns(self, drill: Drill) -> dict[str, object]:
        return {
            "project_id": self._project,
            "id": drill.id,
            "promise": drill.promise,
            "fault": drill.fault.value,
            "state": drill.state.value,
            "by": drill.by,
            "started_at": drill.started_at,
            "finished_at": drill.finished_at,
            "run_id": drill.run_id,
            "incident_id": drill.incident_id,
            "body": _encode(drill).decode(),
            "generation": drill.generation,
        }
