"""One transaction over all that is kept, and where transactions come from."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from outproof.ports.cost import Restatements
from outproof.ports.incidents import Actions, Alerts, Audit, Incidents, Outbox, Silences
from outproof.ports.learning import AlertLedger, Trials
from outproof.ports.records import Declarations, Downtimes, FeedbackBox, Ledger
from outproof.ports.runs import Drills, Items, Pulses, Runs, Slots
from outproof.ports.totals import Totals
from outproof.ports.watching import Senders, Servers


class Transaction(Protocol):
    """What may be read and changed together."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def feedback(self) -> FeedbackBox: ...

    @property
    def runs(self) -> Runs: ...

    @property
    def slots(self) -> Slots: ...

    @property
    def pulses(self) -> Pulses: ...

    @property
    def items(self) -> Items: ...

    @property
    def alerts(self) -> Alerts: ...

    @property
    def incidents(self) -> Incidents: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def downtimes(self) -> Downtimes: ...

    @property
    def declarations(self) -> Declarations: ...

    @property
    def drills(self) -> Drills: ...

    @property
    def actions(self) -> Actions: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def restatements(self) -> Restatements: ...

    @property
    def silences(self) -> Silences: ...

    @property
    def totals(self) -> Totals: ...

    @property
    def alert_ledger(self) -> AlertLedger: ...

    @property
    def trials(self) -> Trials: ...

    @property
    def servers(self) -> Servers: ...

    @property
    def senders(self) -> Senders: ...


class State(Protocol):
    """What the product knows and has decided."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """One durable transaction: committed (fsynced) when the block ends, undone when it raises."""
        ...

    def look(self) -> AbstractContextManager[Transaction]:
        """One consistent view that waits for no writer. What is changed in it is an error."""
        ...
