"""Silences in SQL: what people asked not to be told of, changed by compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.respond.silence import Silence, SilenceId
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import silences

_ACTIVE = (
    select(silences.c.body)
    .where(
        silences.c.project_id == bindparam("project"),
        silences.c.ends_at > bindparam("now"),
        silences.c.starts_at <= bindparam("now"),
    )
    .order_by(silences.c.created_at, silences.c.id)
)
_silence = msgspec.json.Decoder(Silence)
_encode = msgspec.json.Encoder().encode


class SqlSilences:
    """`ports.Silences` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def active(self, now: Instant) -> Sequence[Silence]:
        bodies = self._connection.execute(_ACTIVE, {"project": self._project, "now": now}).scalars()
        return [_silence.decode(body) for body in bodies]

    def load(self, silence: SilenceId) -> Silence | None:
        body = self._connection.execute(
            select(silences.c.body).where(silences.c.project_id == self._project, silences.c.id == silence)
        ).scalar_one_or_none()
        return None if body is None else _silence.decode(body)

    def newest(self, limit: int, *, ends_after: Instant | None = None) -> Sequence[Silence]:
        query = select(silences.c.body).where(silences.c.project_id == self._project)
        if ends_after is not None:
            query = query.where(silences.c.ends_at > ends_after)
        bodies = self._connection.execute(
            query.order_by(silences.c.created_at.desc(), silences.c.id).limit(limit)
        ).scalars()
        return [_silence.decode(body) for body in bodies]

    def save(self, silence: Silence) -> bool:
        values = {
            "starts_at": silence.starts_at,
            "ends_at": silence.ends_at,
            "generation": silence.generation,
            "body": _encode(silence).decode(),
        }
        if silence.generation == 1:
            row = {"project_id": self._project, "id": silence.id, "created_at": silence.created_at, **values}
            return insert_new(self._connection, silences, [row]) == 1
        changed = self._connection.execute(
            update(silences)
            .where(
                silences.c.project_id == self._project,
                silences.c.id == silence.id,
                silences.c.generation == silence.generation - 1,
            )
            .values(values)
        )
        return changed.rowcount == 1
