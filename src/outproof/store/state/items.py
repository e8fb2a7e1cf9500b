"""Items of runs in SQL: one row each, to which the database joins every further word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from outproof.contract.item import Fate
from outproof.core.ids import ProjectId, RunId
from outproof.core.time import Instant
from outproof.prove.items import ItemTotals, Mark
from outproof.store.state.insertion import upsert
from outproof.store.state.tables import items

_FATES: tuple[Fate | None, ...] = (None, *Fate)
_GRAVITY = {fate: number for number, fate in enumerate(_FATES)}


class SqlItems:
    """`ports.Items` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def join(self, run_id: RunId, marks: Mapping[str, Mark], now: Instant) -> None:
        """Join marks to what is known of the items of a run."""
        rows = [
            {
                "project_id": self._project,
                "run_id": run_id,
                "item_id": item_id,
                "passed": mark.passed,
                "failed": mark.failed,
                "fate": _GRAVITY[mark.fate],
                "at": now,
            }
            for item_id, mark in sorted(marks.items())  # two writers never wait for each other in a circle
        ]
        if not rows:
            return
        statement = upsert(self._connection, items)
        new = statement.excluded
        joined = statement.on_conflict_do_update(
            index_elements=["project_id", "run_id", "item_id"],
            set_={
                "passed": items.c.passed.bitwise_or(new.passed),
                "failed": items.c.failed.bitwise_or(new.failed),
                "fate": case((items.c.fate > new.fate, items.c.fate), else_=new.fate),
                "at": new.at,
            },
        )
        self._connection.execute(joined, rows)

    def totals(self, run_id: RunId) -> ItemTotals:
        """How many items of a run have each mark."""
        columns = (items.c.passed, items.c.failed, items.c.fate)
        rows = self._connection.execute(
            select(*columns, func.count()).where(self._of(run_id)).group_by(*columns).order_by(*columns)
        )
        return ItemTotals(tuple((Mark(passed, failed, _FATES[fate]), number) for passed, failed, fate, number in rows))

    def some(self, run_id: RunId, marks: Sequence[Mark], after: str, limit: int) -> Sequence[tuple[str, Mark]]:
        """Items of a run that have one of these marks, by id, from the first id after `after` on."""
        if not marks:
            return []
        rows = self._connection.execute(
            select(items.c.item_id, items.c.passed, items.c.failed, items.c.fate)
            .where(self._of(run_id), items.c.item_id > after, or_(*(_is(mark) for mark in marks)))
            .order_by(items.c.item_id)
            .limit(limit)
        )
        return [(item_id, Mark(passed, failed, _FATES[fate])) for item_id, passed, failed, fate in rows]

    def _of(self, run_id: RunId) -> ColumnElement[bool]:
        return and_(items.c.project_id == self._project, items.c.run_id == run_id)


def _is(mark: Mark) -> ColumnElement[Any]:
    return and_(items.c.passed == mark.passed, items.c.failed == mark.failed, items.c.fate == _GRAVITY[mark.fate])
