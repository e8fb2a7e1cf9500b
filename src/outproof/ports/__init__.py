"""Level 10: every effect of the product, as a Protocol.

Implementations live in store/, channels/, probes/ and egress/; fakes live in the tests. `State.begin` gives one durable
transaction: what happens in it happens together or not at all.
"""

from outproof.ports.cost import Restatements, Spending
from outproof.ports.incidents import Actions, Alerts, Audit, Incidents, Outbox, Silences
from outproof.ports.learning import AlertLedger, Histories, Reading, Trials
from outproof.ports.raw import RawStore
from outproof.ports.records import Applied, Declarations, Downtimes, FeedbackBox, Ledger, LedgerLine, Version
from outproof.ports.runs import Drills, Items, Pulses, Reception, Runs, Slots
from outproof.ports.state import State, Transaction
from outproof.ports.totals import Totals
from outproof.ports.watching import Senders, Servers, ServerState
from outproof.ports.world import Channel, Clock, Doer, Measures, Probe, Signer

__all__ = [
    "Actions",
    "AlertLedger",
    "Alerts",
    "Applied",
    "Audit",
    "Channel",
    "Clock",
    "Declarations",
    "Doer",
    "Downtimes",
    "Drills",
    "FeedbackBox",
    "Histories",
    "Incidents",
    "Items",
    "Ledger",
    "LedgerLine",
    "Measures",
    "Outbox",
    "Probe",
    "Pulses",
    "RawStore",
    "Reading",
    "Reception",
    "Restatements",
    "Runs",
    "Senders",
    "ServerState",
    "Servers",
    "Signer",
    "Silences",
    "Slots",
    "Spending",
    "State",
    "Totals",
    "Transaction",
    "Trials",
    "Version",
]
