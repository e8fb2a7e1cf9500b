"""Slots in SQL: each run that a schedule expects, and how it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, bindparam, func, select, update

from outproof.contract.drill import Drilled
from outproof.core.errors import Transient
from outproof.core.ids import ProjectId, RunId
from outproof.core.time import Instant
from outproof.prove.slots import Slot, SlotState
from outproof.store.state.asked import each_of
from outproof.store.state.insertion import upsert
from outproof.store.state.tables import slots

_SAVE = update(slots).where(
    slots.c.project_id == bindparam("of_project"),
    slots.c.promise == bindparam("of_promise"),
    slots.c.at == bindparam("of_at"),
    slots.c.generation == bindparam("was"),
)
_drilled = msgspec.json.Decoder(Drilled)


class SqlSlots:
    """`ports.Slots` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def put(self, expected: Iterable[Slot]) -> None:
        rows = [self._columns(slot) for slot in expected]
        if rows:
            self._connection.execute(upsert(self._connection, slots).on_conflict_do_nothing(), rows)

    def save(self, slot: Slot) -> None:
        row = self._columns(slot)
        of = {"of_project": self._project, "of_promise": slot.promise, "of_at": slot.at, "was": slot.generation - 1}
        changed = self._connection.execute(_SAVE, row | of)
        if changed.rowcount != 1:
            raise Transient(f"the slot of {slot.promise} was changed by somebody else meanwhile; try again")

    def load(self, promise: str, at: Instant) -> Slot | None:
        row = self._connection.execute(
            select(slots).where(slots.c.project_id == self._project, slots.c.promise == promise, slots.c.at == at)
        ).one_or_none()
        return None if row is None else _slot(row)

    def newest(self, promise: str, until: Instant | None) -> Slot | None:
        query = select(slots).where(
            slots.c.project_id == self._project, slots.c.promise == promise, slots.c.drill.is_(None)
        )
        if until is not None:
            query = query.where(slots.c.at <= until)
        row = self._connection.execute(query.order_by(slots.c.at.desc()).limit(1)).one_or_none()
        return None if row is None else _slot(row)

    def newest_of(self, promises: Sequence[str], until: Instant | None) -> Mapping[str, Slot]:
        asked, one = each_of(self._connection, promises), slots.alias()
        of_promise = [one.c.project_id == self._project, one.c.promise == asked.c.value, one.c.drill.is_(None)]
        if until is not None:
            of_promise.append(one.c.at <= until)
        last = select(one.c.at).where(*of_promise).order_by(one.c.at.desc()).limit(1).scalar_subquery()
        is_last = and_(slots.c.project_id == self._project, slots.c.promise == asked.c.value, slots.c.at == last)
        found = self._connection.execute(select(slots).select_from(asked).outerjoin(slots, is_last))
        return {row.promise: _slot(row) for row in found if row.promise is not None}

    def awaited(self, promise: str) -> Slot | None:
        row = self._connection.execute(
            select(slots)
            .where(
                slots.c.project_id == self._project,
                slots.c.promise == promise,
                slots.c.state == SlotState.EXPECTED.value,
                slots.c.drill.is_(None),
            )
            .order_by(slots.c.at.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else _slot(row)

    def unsettled(self, now: Instant, limit: int) -> Sequence[Slot]:
        rows = self._connection.execute(
            select(slots)
            .where(slots.c.project_id == self._project, slots.c.settle_at <= now)
            .order_by(slots.c.settle_at)
            .limit(limit)
        )
        return [_slot(row) for row in rows]

    def recent(self, promise: str, until: Instant, limit: int) -> Sequence[Slot]:
        rows = self._connection.execute(
            select(slots)
            .where(
                slots.c.project_id == self._project,
                slots.c.promise == promise,
                slots.c.at <= until,
                slots.c.drill.is_(None),
            )
            .order_by(slots.c.at.desc())
            .limit(limit)
        )
        return [_slot(row) for row in rows]

    def ends(self) -> Mapping[str, Instant]:
        rows = self._connection.execute(
            select(slots.c.promise, func.max(slots.c.at))
            .where(slots.c.project_id == self._project, slots.c.drill.is_(None))
            .group_by(slots.c.promise)
        )
        return {promise: Instant(at) for promise, at in rows}

    def _columns(self, slot: Slot) -> dict[str, Any]:
        return {
            "project_id": self._project,
            "promise": slot.promise,
            "at": slot.at,
            "start_by": slot.start_by,
            "due_at": slot.due_at,
            "state": slot.state.value,
            "run_id": slot.run_id,
            "settle_at": slot.settle_at,
            "drill": None if slot.drill is None else msgspec.json.encode(slot.drill).decode(),
            "generation": slot.generation,
        }


def _slot(row: Row[Any]) -> Slot:
    return Slot(
        promise=row.promise,
        at=Instant(row.at),
        start_by=Instant(row.start_by),
        due_at=Instant(row.due_at),
        state=SlotState(row.state),
        run_id=RunId(row.run_id) if row.run_id else None,
        settle_at=row.settle_at,
        drill=None if row.drill is None else _drilled.decode(row.drill),
        generation=row.generation,
    )
