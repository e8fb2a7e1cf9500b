"""Where everything that arrived has gone, as counts: nothing vanishes."""

from __future__ import annotations

from sqlalchemy import Connection, select

from outproof.core.ids import ProjectId
from outproof.ports import LedgerLine
from outproof.store.state.insertion import insert_or_add
from outproof.store.state.tables import ledger


class SqlLedger:
    """Counts of one project by signal, outcome and reason."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def add(self, signal: str, outcome: str, reason: str, count: int) -> None:
        """Count what became of `count` items."""
        if not count:
            return
        row = {"project_id": self._project, "signal": signal, "outcome": outcome, "reason": reason, "count": count}
        insert_or_add(self._connection, ledger, row, to="count")

    def lines(self) -> list[LedgerLine]:
        """All counts, by signal and outcome."""
        order = (ledger.c.signal, ledger.c.outcome, ledger.c.reason)
        rows = self._connection.execute(
            select(*order, ledger.c.count).where(ledger.c.project_id == self._project).order_by(*order)
        )
        return [LedgerLine(*row) for row in rows]
