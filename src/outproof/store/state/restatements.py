"""Restated costs in SQL: written once, never changed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.measure.restatement import Restatement
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import restatements

_decode = msgspec.json.Decoder(Restatement).decode
_encode = msgspec.json.Encoder().encode


class SqlRestatements:
    """`ports.Restatements` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def add(self, restatement: Restatement) -> None:
        row = {
            "project_id": self._project,
            "id": restatement.id,
            "starts_at": restatement.start,
            "ends_at": restatement.end,
            "made_at": restatement.made_at,
            "body": _encode(restatement).decode(),
        }
        insert_new(self._connection, restatements, [row])

    def newest(self, since: Instant | None, until: Instant | None, limit: int) -> Sequence[Restatement]:
        query = select(restatements.c.body).where(restatements.c.project_id == self._project)
        if since is not None:
            query = query.where(restatements.c.ends_at > since)
        if until is not None:
            query = query.where(restatements.c.starts_at < until)
        bodies = self._connection.execute(query.order_by(restatements.c.made_at.desc(), restatements.c.id).limit(limit))
        return [_decode(body) for body in bodies.scalars()]
