"""The audit log in SQL: rows are only ever added."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.respond.audit import ACTOR_CHARS_MAX, DETAIL_CHARS_MAX, AuditEntry, Verb
from outproof.store.state.tables import audit


class SqlAudit:
    """`ports.Audit` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def add(self, entry: AuditEntry) -> None:
        self._connection.execute(
            insert(audit).values(
                project_id=self._project,
                at=entry.at,
                actor=entry.actor[:ACTOR_CHARS_MAX],
                verb=entry.verb.value,
                subject=entry.subject,
                detail=entry.detail[:DETAIL_CHARS_MAX],
            )
        )

    def newest(self, limit: int) -> Sequence[AuditEntry]:
        rows = self._connection.execute(
            select(audit.c.at, audit.c.actor, audit.c.verb, audit.c.subject, audit.c.detail)
            .where(audit.c.project_id == self._project)
            .order_by(audit.c.number.desc())
            .limit(limit)
        )
        return [AuditEntry(Instant(row.at), row.actor, Verb(row.verb), row.subject, row.detail) for row in rows]
