"""Pulses in SQL: how each promise without runs stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, or_, select, update

from outproof.core.errors import Transient
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.prove.pulses import LAST_LOOK_S_MAX, Pulse, PulseState
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import pulses


class SqlPulses:
    """`ports.Pulses` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def save(self, pulse: Pulse) -> None:
        if pulse.generation == 1:
            saved = insert_new(self._connection, pulses, [self._columns(pulse)])
        else:
            saved = self._connection.execute(
                update(pulses)
                .where(
                    pulses.c.project_id == self._project,
                    pulses.c.promise == pulse.promise,
                    pulses.c.generation == pulse.generation - 1,
                )
                .values(self._columns(pulse))
            ).rowcount
        if saved != 1:
            raise Transient(f"the pulse of {pulse.promise} was changed by somebody else meanwhile; try again")

    def load(self, promise: str) -> Pulse | None:
        row = self._connection.execute(
            select(pulses).where(pulses.c.project_id == self._project, pulses.c.promise == promise)
        ).one_or_none()
        return None if row is None else _pulse(row)

    def every(self) -> Mapping[str, Pulse]:
        rows = self._connection.execute(select(pulses).where(pulses.c.project_id == self._project))
        return {row.promise: _pulse(row) for row in rows}

    def stale(self, now: Instant, limit: int) -> Sequence[Pulse]:
        in_vain = after(now, -LAST_LOOK_S_MAX)
        silent = or_(and_(pulses.c.stale_at <= now, pulses.c.look_at.is_(None)), pulses.c.stale_at <= in_vain)
        return self._due(pulses.c.stale_at, and_(pulses.c.stale_at <= now, silent), limit)

    def unseen(self, now: Instant, limit: int) -> Sequence[Pulse]:
        return self._due(pulses.c.look_at, pulses.c.look_at <= now, limit)

    def _due(self, column: Column[int], is_due: ColumnElement[bool], limit: int) -> Sequence[Pulse]:
        rows = self._connection.execute(
            select(pulses).where(pulses.c.project_id == self._project, is_due).order_by(column).limit(limit)
        )
        return [_pulse(row) for row in rows]

    def _columns(self, pulse: Pulse) -> dict[str, Any]:
        return {
            "project_id": self._project,
            "promise": pulse.promise,
            "since": pulse.since,
            "state": pulse.state.value,
            "newest_at": pulse.newest_at,
            "stale_at": pulse.stale_at,
            "look_at": pulse.look_at,
            "looks": pulse.looks,
            "detail": pulse.detail,
            "generation": pulse.generation,
        }


def _pulse(row: Row[Any]) -> Pulse:
    return Pulse(
        promise=row.promise,
        since=Instant(row.since),
        state=PulseState(row.state),
        newest_at=row.newest_at,
        stale_at=row.stale_at,
        look_at=row.look_at,
        looks=row.looks,
        detail=row.detail,
        generation=row.generation,
    )
