"""What is remembered of alerts, of the answers that broke invariants, and of how far the journal was judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from outproof.contract.evidence import Exemplar
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.decide.alert import LOUD, AlertState, Memory
from outproof.decide.policy import ExemplarOrder
from outproof.store.state.insertion import insert_new, upsert
from outproof.store.state.tables import alerts, breaches, progress

_memory = msgspec.json.Decoder(Memory)
_exemplar = msgspec.json.Decoder(Exemplar)
_encode = msgspec.json.Encoder().encode
_ACTIVE = (*LOUD, AlertState.PENDING)
_CHANGING = ("policy", "state", "since", "reason", "memory", "generation")


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

    def memories(self) -> Mapping[str, Mapping[str, Memory]]:
        rows = self._connection.execute(
            select(alerts.c.policy, alerts.c.key, alerts.c.memory).where(alerts.c.project_id == self._project)
        )
        found: dict[str, dict[str, Memory]] = defaultdict(dict)
        for policy, key, memory in rows:
            found[policy][key] = _memory.decode(memory)
        return found

    def active(self) -> Sequence[tuple[str, str, Memory]]:
        rows = self._connection.execute(
            select(alerts.c.key, alerts.c.policy, alerts.c.memory).where(
                alerts.c.project_id == self._project, alerts.c.state.in_([state.value for state in _ACTIVE])
            )
        )
        return [(row.key, row.policy, _memory.decode(row.memory)) for row in rows]

    def advance(self, key: str, policy: str, memory: Memory) -> bool:
        return key in self.save([(key, policy, memory)])

    def save(self, moved: Sequence[tuple[str, str, Memory]]) -> frozenset[str]:
        if not moved:
            return frozenset()
        insertion = upsert(self._connection, alerts)
        new = insertion.excluded
        statement = insertion.on_conflict_do_update(
            index_elements=["project_id", "key"],
            set_={name: new[name] for name in _CHANGING},
            where=alerts.c.generation == new.generation - 1,
        ).returning(alerts.c.key)
        rows = [self._row(key, policy, memory) for key, policy, memory in moved]
        return frozenset(self._connection.execute(statement, rows).scalars())

    def forget(self, before: Instant) -> int:
        return self._connection.execute(
            delete(alerts).where(
                alerts.c.project_id == self._project,
                alerts.c.state == AlertState.INACTIVE.value,
                alerts.c.since < before,
            )
        ).rowcount

    def _row(self, key: str, policy: str, memory: Memory) -> dict[str, Any]:
        memory = replace(memory, generation=memory.generation + 1)
        return {
            "project_id": self._project,
            "key": key,
            "policy": policy,
            "state": memory.state.value,
            "since": memory.since,
            "reason": memory.reason,
            "memory": _encode(memory).decode(),
            "generation": memory.generation,
        }

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

    def forget_breaches(self, before: Instant) -> int:
        return self._connection.execute(
            delete(breaches).where(breaches.c.project_id == self._project, breaches.c.at < before)
        ).rowcount

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

    def breach_counts(self, start: Instant, end: Instant) -> Mapping[str, int]:
        counted = self._connection.execute(
            select(breaches.c.policy, func.count().label("broken"))
            .where(breaches.c.project_id == self._project, breaches.c.at >= start, breaches.c.at < end)
            .group_by(breaches.c.policy)
        )
        return {row.policy: row.broken for row in counted}

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
