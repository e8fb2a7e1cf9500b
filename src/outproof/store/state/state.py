"""The state store: every transaction of the product begins here, and says afterwards what it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.dml import UpdateBase

from outproof.core.ids import ProjectId
from outproof.store.state.actions import SqlActions
from outproof.store.state.alert_ledger import SqlAlertLedger
from outproof.store.state.alerts import SqlAlerts
from outproof.store.state.audit import SqlAudit
from outproof.store.state.database import transaction
from outproof.store.state.declared import SqlDeclarations
from outproof.store.state.downtimes import SqlDowntimes
from outproof.store.state.drills import SqlDrills
from outproof.store.state.feedback import SqlFeedback
from outproof.store.state.incidents import SqlIncidents
from outproof.store.state.items import SqlItems
from outproof.store.state.ledger import SqlLedger
from outproof.store.state.outbox import SqlOutbox
from outproof.store.state.pulses import SqlPulses
from outproof.store.state.restatements import SqlRestatements
from outproof.store.state.runs import SqlRuns
from outproof.store.state.senders import SqlSenders
from outproof.store.state.servers import SqlServers
from outproof.store.state.silences import SqlSilences
from outproof.store.state.slots import SqlSlots
from outproof.store.state.totals import SqlTotals
from outproof.store.state.trials import SqlTrials

_TOPICS = {
    "actions": "incidents",
    "alert_marks": "incidents",
    "trials": "trials",
    "applied": "promises",
    "drills": "promises",
    "incidents": "incidents",
    "silences": "incidents",
    "timeline": "incidents",
    "outbox": "incidents",
    "deliveries": "incidents",
    "items": "runs",
    "runs": "runs",
    "verdicts": "runs",
    "signals": "runs",
    "slots": "runs",
    "pulses": "promises",
}
_TOUCHED = "outproof_touched"


class SqlTransaction:
    """One transaction of one project, with a view per table family."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self.ledger = SqlLedger(connection, project)
        self.runs = SqlRuns(connection, project)
        self.slots = SqlSlots(connection, project)
        self.pulses = SqlPulses(connection, project)
        self.items = SqlItems(connection, project)
        self.alerts = SqlAlerts(connection, project)
        self.incidents = SqlIncidents(connection, project)
        self.outbox = SqlOutbox(connection, project)
        self.feedback = SqlFeedback(connection, project)
        self.downtimes = SqlDowntimes(connection, project)
        self.declarations = SqlDeclarations(connection, project)
        self.drills = SqlDrills(connection, project)
        self.actions = SqlActions(connection, project)
        self.audit = SqlAudit(connection, project)
        self.restatements = SqlRestatements(connection, project)
        self.silences = SqlSilences(connection, project)
        self.totals = SqlTotals(connection, project)
        self.alert_ledger = SqlAlertLedger(connection, project)
        self.trials = SqlTrials(connection, project)
        self.servers = SqlServers(connection, project)
        self.senders = SqlSenders(connection, project)


class SqlState:
    """What one project knows and has decided, on SQLite or PostgreSQL.

    `changed` is told the topics that a committed transaction touched.
    """

    def __init__(self, engine: Engine, project: ProjectId, changed: Callable[[Iterable[str]], None]) -> None:
        self._engine = engine
        self._project = project
        self._changed = changed
        event.listen(engine, "after_execute", _note)

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """One durable transaction: committed (fsynced) when the block ends, undone when it raises.

        Raises:
            Transient: the database did not take it; nothing was changed.
        """
        with transaction(self._engine) as connection:
            touched: set[str] = set()
            connection.info[_TOUCHED] = touched
            yield SqlTransaction(connection, self._project)
        if touched:
            self._changed(touched)

    @contextmanager
    def look(self) -> Iterator[SqlTransaction]:
        """One consistent view that waits for no writer.

        Raises:
            Transient: the database cannot be read now.
        """
        with transaction(self._engine, reads_only=True) as connection:
            yield SqlTransaction(connection, self._project)


def _note(connection: Connection, clause: Any, *_: object) -> None:
    touched = connection.info.get(_TOUCHED)
    if touched is not None and isinstance(clause, UpdateBase):
        topic = _TOPICS.get(getattr(clause.table, "name", ""))
        if topic:
            touched.add(topic)
