"""Level 10: every effect of the product, as a Protocol.

Implementations live in store/, channels/, probes/ and egress/; fakes live in the tests. `State.begin` gives one durable
transaction: what happens in it happens together or not at all.
"""

from outproof.ports.cost import Restatements, Spending
from outproof.ports.incidents import Actions, Alerts, Audit, Incidents, Outbox
from outproof.ports.raw import RawStore
from outproof.ports.records import Applied, Declarations, Downtimes, FeedbackBox, Ledger, LedgerLine, Version
from outproof.ports.runs import Drills, Items, Pulses, Reception, Runs, Slots
from outproof.ports.state import State, Transaction
from outproof.ports.world import Channel, Clock, Doer, Measures, Probe, Signer

__all__ = [
    "Actions",
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
    "Incidents",
    "Items",
    "Ledger",
    "LedgerLine",
    "Measures",
    "Outbox",
    "Probe",
    "Pulses",
    "RawStore",
    "Reception",
    "Restatements",
    "Runs",
    "Signer",
    "Slots",
    "Spending",
    "State",
    "Transaction",
    "Version",
]
