"""What is remembered of alerts, of the answers that broke invariants, and of how far the journal was judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, func, select, update

from outproof.contract.evidence import Exemplar
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.decide.alert import AlertState, Memory
from outproof.decide.policy import ExemplarOrder
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import alerts, breaches, progress

_memory = msgspec.json.Decoder(Memory)
_exemplar = msgspec.json.Decoder(Exemplar)
_encode = msgspec.json.Encoder().encode


class SqlAlerts:
    """`ports.Alerts` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def load(self, key: str) -> Memory | None:
        row = self._connection.execute(
            select(alerts.c.memory).where(alerts.c.project_id == self._project, alerts.c.key == key)
        ).one_or_none()
        return None if row is None else _memory.decode(row.memory)

    def advance(self, key: str, policy: str, memory: Memory) -> bool:
        expected = memory.generation
        memory = replace(memory, generation=expected + 1)
        values = {
            "policy": policy,
            "state": memory.state.value,
            "since": memory.since,
            "reason": memory.reason,
            "memory": _encode(memory).decode(),
            "generation": memory.generation,
        }
        if expected == 0:
            row = {"project_id": self._project, "key": key, **values}
            return insert_new(self._connection, alerts, [row]) == 1
        changed = self._connection.execute(
            update(alerts)
            .where(alerts.c.project_id == self._project, alerts.c.key == key, alerts.c.generation == expected)
            .values(values)
        )
        return changed.rowcount == 1

    def firing(self) -> Sequence[tuple[str, str, Memory]]:
        rows = self._connection.execute(
            select(alerts.c.key, alerts.c.policy, alerts.c.memory).where(
                alerts.c.project_id == self._project, alerts.c.state == AlertState.FIRING.value
            )
        )
        return [(row.key, row.policy, _memory.decode(row.memory)) for row in rows]

    def add_breaches(self, policy: str, broken: Sequence[Exemplar]) -> int:
        rows = [
            {
                "project_id": self._project,
                "policy": policy,
                "trace_id": exemplar.trace_id,
                "span_id": exemplar.span_id,
                "at": exemplar.at,
                "exemplar": _encode(exemplar).decode(),
            }
            for exemplar in broken
        ]
        return insert_new(self._connection, breaches, rows)

    def breaches(self, policy: str, start: Instant, end: Instant) -> int:
        return self._connection.execute(
            select(func.count())
            .select_from(breaches)
            .where(
                breaches.c.project_id == self._project,
                breaches.c.policy == policy,
                breaches.c.at >= start,
                breaches.c.at < end,
            )
        ).scalar_one()

    def exemplars(
        self, policy: str, start: Instant, end: Instant, *, order: ExemplarOrder, limit: int
    ) -> tuple[Exemplar, ...]:
        by_time = breaches.c.at.desc() if order is ExemplarOrder.NEWEST else breaches.c.at.asc()
        rows = self._connection.execute(
            select(breaches.c.exemplar)
            .where(
                breaches.c.project_id == self._project,
                breaches.c.policy == policy,
                breaches.c.at >= start,
                breaches.c.at < end,
            )
            .order_by(by_time, breaches.c.trace_id, breaches.c.span_id)
            .limit(limit)
        ).scalars()
        return tuple(_exemplar.decode(row) for row in rows)

    def cursor(self, consumer: str) -> int:
        position = self._connection.execute(
            select(progress.c.position).where(progress.c.component == consumer)
        ).scalar_one_or_none()
        return 0 if position is None else position

    def move_cursor(self, consumer: str, position: int, now: Instant, *, expected: int) -> bool:
        row = {"component": consumer, "at": now, "position": position}
        if expected == 0 and insert_new(self._connection, progress, [row]):
            return True
        moved = self._connection.execute(
            update(progress)
            .where(progress.c.component == consumer, progress.c.position == expected)
            .values(at=now, position=position)
        )
        return moved.rowcount == 1
