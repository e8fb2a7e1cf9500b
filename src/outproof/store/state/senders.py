"""What senders stated and what we counted of them: one row for each sender, one for each of its lanes and outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from outproof.contract.statement import Lane, Statement
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.measure.conservation import Arrived, Stated
from outproof.store.state.insertion import insert_new, insert_or_add
from outproof.store.state.tables import accounts, senders

_decode = msgspec.json.Decoder(Statement).decode
_encode = msgspec.json.Encoder().encode

STORED, DUPLICATE, REJECTED = "stored", "duplicate", "rejected"


class SqlSenders:
    """`ports.Senders` over one transaction and one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def state(self, statement: Statement, skew_s: float | None, now: Instant) -> bool:
        told = {
            "service": statement.service,
            "number": statement.number,
            "told_at": now,
            "skew_ms": None if skew_s is None else round(skew_s * 1_000),
            "ended": statement.ended,
            "body": _encode(statement).decode(),
        }
        row = {"project_id": self._project, "sender": statement.sender, "first_at": now, **told}
        if insert_new(self._connection, senders, [row]):
            return True
        changed = self._connection.execute(
            update(senders).where(self._is(statement.sender), senders.c.number < statement.number).values(**told)
        )
        return changed.rowcount == 1

    def stated(self, limit: int) -> Sequence[Stated]:
        rows = self._connection.execute(
            select(senders.c.body, senders.c.first_at, senders.c.told_at, senders.c.skew_ms)
            .where(senders.c.project_id == self._project)
            .order_by(senders.c.told_at.desc(), senders.c.sender)
            .limit(limit)
        )
        return [
            Stated(
                statement=_decode(row.body),
                first_at=Instant(row.first_at),
                told_at=Instant(row.told_at),
                skew_s=None if row.skew_ms is None else row.skew_ms / 1_000,
            )
            for row in rows
        ]

    def count(self, sender: str, lane: Lane, outcome: str, count: int) -> None:
        if count:
            row = {"project_id": self._project, "sender": sender, "lane": lane.value, "outcome": outcome}
            insert_or_add(self._connection, accounts, {**row, "count": count}, to="count")

    def arrived(self) -> Mapping[tuple[str, Lane], Arrived]:
        rows = self._connection.execute(
            select(accounts.c.sender, accounts.c.lane, accounts.c.outcome, accounts.c.count.label("number")).where(
                accounts.c.project_id == self._project
            )
        )
        counts: dict[tuple[str, Lane], Counter[str]] = {}
        for row in rows:
            counts.setdefault((row.sender, Lane(row.lane)), Counter())[row.outcome] = row.number
        return {
            key: Arrived(stored=each[STORED], duplicate=each[DUPLICATE], rejected=each[REJECTED])
            for key, each in counts.items()
        }

    def move(self, sender: str, into: str) -> None:
        mine = [key for key in self.arrived().items() if key[0][0] == sender]
        for (_, lane), here in mine:
            for outcome, count in ((STORED, here.stored), (DUPLICATE, here.duplicate), (REJECTED, here.rejected)):
                self.count(into, lane, outcome, count)
        self._connection.execute(delete(senders).where(self._is(sender)))
        self._connection.execute(
            delete(accounts).where(accounts.c.project_id == self._project, accounts.c.sender == sender)
        )

    def _is(self, sender: str) -> ColumnElement[bool]:
        return and_(senders.c.project_id == self._project, senders.c.sender == sender)
