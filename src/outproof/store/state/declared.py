"""What the files declare, in SQL: each version once, and when each came into force and went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from sqlalchemy import Connection, and_, func, insert, select

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.ports import Applied, Version
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import applied, declared


class SqlDeclarations:
    """`ports.Declarations` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def in_force(self) -> Mapping[tuple[str, str], str]:
        newest = (
            select(func.max(applied.c.number))
            .where(applied.c.project_id == self._project)
            .group_by(applied.c.kind, applied.c.name)
        )
        rows = self._connection.execute(
            select(applied.c.kind, applied.c.name, applied.c.version).where(
                applied.c.project_id == self._project, applied.c.number.in_(newest), applied.c.version.is_not(None)
            )
        )
        return {(row.kind, row.name): row.version for row in rows}

    def apply(self, version: Version, now: Instant) -> None:
        named = {"project_id": self._project, "kind": version.kind, "name": version.name, "version": version.version}
        insert_new(self._connection, declared, [{**named, "body": version.body, "applied_at": now}])
        self._connection.execute(insert(applied).values(**named, at=now))

    def remove(self, kind: str, name: str, now: Instant) -> None:
        self._connection.execute(
            insert(applied).values(project_id=self._project, kind=kind, name=name, version=None, at=now)
        )

    def history(self, kind: str, name: str, limit: int) -> Sequence[Applied]:
        rows = self._connection.execute(
            select(applied.c.version, applied.c.at, declared.c.body)
            .select_from(
                applied.outerjoin(
                    declared,
                    and_(
                        declared.c.project_id == applied.c.project_id,
                        declared.c.kind == applied.c.kind,
                        declared.c.name == applied.c.name,
                        declared.c.version == applied.c.version,
                    ),
                )
            )
            .where(applied.c.project_id == self._project, applied.c.kind == kind, applied.c.name == name)
            .order_by(applied.c.number.desc())
            .limit(limit + 1)
        ).all()
        found = []
        for row, before in zip_longest(rows, rows[1:]):
            kept = row if row.version is not None else before  # what went is what was in force before
            if kept is not None and kept.version is not None:
                found.append(Applied(kept.version, kept.body, Instant(row.at), row.version is None))
        return found[:limit]
