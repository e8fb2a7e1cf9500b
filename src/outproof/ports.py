"""Level 10: every effect of the product, as a Protocol, on one page.

Implementations live in store/, channels/ and probes/; fakes live in the tests. `State.begin` gives one durable
transaction: what happens in it happens together or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from outproof.contract.evidence import Exemplar
from outproof.contract.feedback import Feedback
from outproof.contract.run import Signal
from outproof.core.ids import IncidentId, NoticeId, RunId
from outproof.core.time import Instant
from outproof.decide.alert import Measured, Memory
from outproof.decide.policy import ExemplarOrder, ExemplarRule
from outproof.learn.drill import Drill
from outproof.prove.folded_run import FoldedRun, VerdictChange
from outproof.prove.holds import Downtime
from outproof.prove.items import ItemTotals, Mark
from outproof.prove.look import Look
from outproof.prove.outcome import Verdict
from outproof.prove.pulses import Pulse
from outproof.prove.slots import Slot
from outproof.prove.surface_reading import Sight
from outproof.respond.action import ActionRecord, Call, Done
from outproof.respond.audit import AuditEntry
from outproof.respond.delivery import Attempt, Claimed, Delivery, DeliveryState, Sent
from outproof.respond.incident import Entry, Incident, IncidentState
from outproof.respond.notification import Notice, Notification


class Clock(Protocol):
    """Server time."""

    def now(self) -> Instant: ...


# --- runs (signals, folded runs, verdict history) -------------------------------------------------------------------


class Reception(StrEnum):
    """What became of a signal."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    """Its id was used before for something else; the first one stays."""


class Runs(Protocol):
    """The signals of runs, what was concluded from them, and when to look at them again. Bound to one project."""

    def receive(self, signal: Signal) -> Reception:
        """Store a signal, unless one of its id is there."""
        ...

    def signals(self, run_id: RunId) -> Sequence[Signal]: ...

    def load(self, run_id: RunId) -> FoldedRun | None: ...

    def save(self, run: FoldedRun, change: VerdictChange | None) -> None:
        """Save a run whose generation is one above what was loaded (1: a new run), and the change of its verdict.

        Raises:
            Transient: somebody else changed the run first; nothing of this transaction may be kept.
        """
        ...

    def unsettled(self, now: Instant, limit: int) -> Sequence[RunId]:
        """Runs whose verdict time alone may have changed by now, the longest due first."""
        ...

    def unseen(self, now: Instant, limit: int, *, leaving_out: Collection[str] = ()) -> Sequence[RunId]:
        """Runs that our probe should look at by now, the longest due first; not those of some promises."""
        ...

    def latest(self, promise: str | None, limit: int, *, drills: bool = False) -> Sequence[FoldedRun]:
        """The newest runs, the newest first. `promise` None: of all promises. `drills`: those broken on purpose too."""
        ...

    def last_kept(self, promise: str, before: Instant) -> FoldedRun | None:
        """The newest kept run of a promise that started before an instant."""
        ...

    def verdicts(self, run_id: RunId) -> Sequence[VerdictChange]:
        """Each change of a run's verdict, the oldest first."""
        ...

    def verdict_counts(self) -> Mapping[str, Mapping[Verdict, int]]:
        """Runs by promise and verdict."""
        ...

    def incident_ids(self, run_ids: Sequence[RunId]) -> Mapping[RunId, IncidentId]:
        """The newest incident of each run that ever had one."""
        ...


class Slots(Protocol):
    """The runs that schedules expect. Bound to one project."""

    def put(self, expected: Iterable[Slot]) -> None:
        """Write down what is expected, unless it is there."""
        ...

    def save(self, slot: Slot) -> None:
        """Save a slot whose generation is one above what was loaded.

        Raises:
            Transient: somebody else changed it first; nothing of this transaction may be kept.
        """
        ...

    def load(self, promise: str, at: Instant) -> Slot | None: ...

    def newest(self, promise: str, until: Instant | None) -> Slot | None:
        """The latest slot at or before an instant; None: the latest of all. Drilled ones are left out."""
        ...

    def unsettled(self, now: Instant, limit: int) -> Sequence[Slot]:
        """Slots whose state time alone may have changed by now, the longest due first."""
        ...

    def recent(self, promise: str, until: Instant, limit: int) -> Sequence[Slot]:
        """Slots at or before an instant, the newest first. Drilled ones are left out."""
        ...

    def ends(self) -> Mapping[str, Instant]:
        """The latest slot of each promise that has any."""
        ...


class Items(Protocol):
    """Single items of runs. Bound to one project."""

    def join(self, run_id: RunId, marks: Mapping[str, Mark], now: Instant) -> None:
        """Join what is said of items to what is known of them, by item id."""
        ...

    def totals(self, run_id: RunId) -> ItemTotals:
        """How many items of a run have each mark."""
        ...

    def some(self, run_id: RunId, marks: Sequence[Mark], after: str, limit: int) -> Sequence[tuple[str, Mark]]:
        """Items of a run that have one of these marks, by id, from the first id after `after` on."""
        ...


class Pulses(Protocol):
    """How promises without runs stand, one row each. Bound to one project."""

    def save(self, pulse: Pulse) -> None:
        """Save a pulse whose generation is one above what was loaded (1: a new one).

        Raises:
            Transient: somebody else changed it first; nothing of this transaction may be kept.
        """
        ...

    def load(self, promise: str) -> Pulse | None: ...

    def every(self) -> Mapping[str, Pulse]:
        """All of them, by promise."""
        ...

    def stale(self, now: Instant, limit: int) -> Sequence[Pulse]:
        """Heartbeats that are due, and surfaces from which no look came back in time, the longest due first."""
        ...

    def unseen(self, now: Instant, limit: int) -> Sequence[Pulse]:
        """Those whose surface our probe should look at by now, the longest due first."""
        ...


class Probe(Protocol):
    """Our own look at a user-visible surface."""

    def look(self, sight: Sight) -> Look:
        """What is there now. It never raises over what the world does: a look that fails saw nothing."""
        ...


# --- alerts, incidents, outbox --------------------------------------------------------------------------------------


class Alerts(Protocol):
    """What is remembered of alerts and of the answers that broke invariants. Bound to one project."""

    def load(self, key: str) -> Memory | None: ...

    def advance(self, key: str, policy: str, memory: Memory) -> bool:
        """Save what is remembered, one generation on. False: somebody was first, and what was read is old."""
        ...

    def firing(self) -> Sequence[tuple[str, str, Memory]]:
        """The key, the policy's name and the memory of each alert that is firing."""
        ...

    def add_breaches(self, policy: str, broken: Sequence[Exemplar]) -> int:
        """Keep answers that broke an invariant, each once however often it is delivered. Returns how many were new."""
        ...

    def breaches(self, policy: str, start: Instant, end: Instant) -> int:
        """How many answers with a start in [start, end) broke it."""
        ...

    def exemplars(
        self, policy: str, start: Instant, end: Instant, *, order: ExemplarOrder, limit: int
    ) -> tuple[Exemplar, ...]:
        """Answers with a start in [start, end) that broke it."""
        ...

    def cursor(self, consumer: str) -> int:
        """The journal position up to which a consumer is done; 0 at first."""
        ...

    def move_cursor(self, consumer: str, position: int, now: Instant, *, expected: int) -> bool:
        """Move a cursor that still stands where it was expected. False: somebody else has moved it."""
        ...


class Incidents(Protocol):
    """Incidents and their timelines. Bound to one project."""

    def unresolved(self, key: str) -> Incident | None:
        """The incident of a key that is not resolved; there is at most one."""
        ...

    def load(self, incident: IncidentId) -> Incident | None: ...

    def newest(
        self, states: Collection[IncidentState], limit: int, *, drills: bool = False
    ) -> Sequence[Incident]:
        """The newest incidents, the newest first. `drills`: those of what was broken on purpose too."""
        ...

    def of_key(self, key: str) -> Sequence[Incident]:
        """Every incident that ever had a key, the oldest first."""
        ...

    def save(self, incident: Incident, *, expected: int) -> bool:
        """Save an incident whose stored generation is `expected` (0: a new one). False: somebody was first."""
        ...

    def add_entries(self, incident: IncidentId, entries: Sequence[Entry]) -> None: ...

    def timeline(self, incident: IncidentId) -> Sequence[Entry]:
        """All its entries, the oldest first."""
        ...


class Outbox(Protocol):
    """Notices and the attempts to deliver them. Bound to one project.

    To one channel the notices of one incident go out one after the other, the oldest generation first.
    """

    def put(self, notices: Sequence[Notice], now: Instant) -> None:
        """Queue notices, each once. An older notice of the kind `updated` that is still on its way is superseded."""
        ...

    def due_channels(self, now: Instant) -> Sequence[str]: ...

    def next_due(self) -> Instant | None:
        """When the next attempt is due; None: nothing is on its way."""
        ...

    def claim(self, channel: str, now: Instant, until: Instant, limit: int) -> Sequence[Claimed]:
        """Due notices that are the caller's alone until `until`; after it, whoever claims them next."""
        ...

    def attempted(
        self, claimed: Claimed, attempt: Attempt, state: DeliveryState, next_attempt_at: Instant | None
    ) -> bool:
        """Put an attempt on record and release the claim. False: another sender has put its own there first."""
        ...

    def deliveries(self, incident: IncidentId) -> Sequence[Delivery]:
        """What each channel was told of an incident, the oldest generation first."""
        ...

    def counts(self, of: Collection[IncidentId]) -> Mapping[IncidentId, Mapping[DeliveryState, int]]:
        """How many notices of each incident are in which state."""
        ...


class Measures(Protocol):
    """What policies are judged on: the windows of the event store, by event time in [start, end)."""

    def measured(self, service: str | None, start: Instant, end: Instant) -> Measured:
        """The measures of one service, or of all. None and absent: no data."""
        ...

    def exemplars(self, service: str | None, start: Instant, end: Instant, rule: ExemplarRule) -> Sequence[Exemplar]:
        """Answers that show a breach of a threshold."""
        ...


class Channel(Protocol):
    """A way to people."""

    def send(self, notice: NoticeId, notification: Notification, now: Instant) -> Sent:
        """Make one attempt. It never raises over what the world does: a failure is what it returns."""
        ...


class Drills(Protocol):
    """Drills, from their beginning to their verdict. Bound to one project."""

    def save(self, drill: Drill) -> None:
        """Save a drill whose generation is one above what was loaded (1: a new one).

        Raises:
            Transient: somebody else changed it first; nothing of this transaction may be kept.
        """
        ...

    def load(self, drill: str) -> Drill | None: ...

    def running(self, limit: int) -> Sequence[Drill]:
        """Those that are not over, the longest running first."""
        ...

    def newest(self, promise: str | None, limit: int) -> Sequence[Drill]:
        """The newest first. `promise` None: of all promises."""
        ...

    def last(self) -> Mapping[str, Drill]:
        """The newest drill of each promise."""
        ...

    def last_passed(self) -> Mapping[str, Instant]:
        """When the last drill of each promise passed; those of which none ever did are left out."""
        ...

    def last_passed_routes(self) -> Mapping[str, Instant]:
        """When each channel last took part in a drill that passed."""
        ...

    def last_passed_evaluators(self) -> Mapping[str, Instant]:
        """When each part that notices breaks last did so in a drill that passed."""
        ...


# --- what responders did ---------------------------------------------------------------------------------------------


class Actions(Protocol):
    """What responders did about incidents, one row per act. Bound to one project."""

    def save(self, record: ActionRecord) -> bool:
        """Save a record whose generation is one above what was loaded (1: a new act). False: somebody was first."""
        ...

    def load(self, record: str) -> ActionRecord | None: ...

    def of_key(self, key: str) -> ActionRecord | None:
        """The act of a key; there is at most one."""
        ...

    def of_incident(self, incident: IncidentId, limit: int) -> Sequence[ActionRecord]:
        """What was done about an incident, the oldest first; of more than `limit` the newest."""
        ...

    def of_run(self, run_id: RunId, action: str, limit: int) -> Sequence[ActionRecord]:
        """What was done of one action about a run, over all its incidents, the newest first."""
        ...

    def unfinished(self, limit: int) -> Sequence[ActionRecord]:
        """Acts that are not over, the oldest first."""
        ...


class Audit(Protocol):
    """Who did what. Entries are only ever added. Bound to one project."""

    def add(self, entry: AuditEntry) -> None: ...

    def newest(self, limit: int) -> Sequence[AuditEntry]:
        """The newest entries, the newest first."""
        ...


class Doer(Protocol):
    """Does what responders ask for: makes requests, runs commands."""

    def do(self, call: Call, now: Instant) -> Done:
        """Do it, once. It never raises over what the world does: what is not known to be done is `unknown`."""
        ...


class Signer(Protocol):
    """The key that evidence packets are signed with."""

    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        ...


# --- what everything that arrived became ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """So many items of a signal had this outcome, for this reason (empty where the outcome says it all)."""

    signal: str
    outcome: str
    reason: str
    count: int


class Ledger(Protocol):
    """Counts of what became of everything. Bound to one project."""

    def add(self, signal: str, outcome: str, reason: str, count: int) -> None: ...

    def lines(self) -> Sequence[LedgerLine]: ...


# --- when we could not see, and what is declared --------------------------------------------------------------------


class Downtimes(Protocol):
    """Our own absence. Bound to one project."""

    def beat(self, now: Instant) -> Instant | None:
        """Write that somebody looks now; returns when somebody last did. None: nobody ever has."""
        ...

    def add(self, downtime: Downtime) -> None: ...

    def since(self, instant: Instant, limit: int) -> Sequence[Downtime]:
        """The newest downtimes that began at an instant or later."""
        ...

    def deadlines(self, start: Instant, end: Instant) -> int:
        """How many deadlines in [start, end] are still to be judged."""
        ...

    def incidents_since(self, instant: Instant) -> int:
        """How many incidents were opened since an instant; not those about this server itself, nor of drills."""
        ...


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one thing that the files declare. `body` is JSON of what was written, without secrets."""

    kind: str
    name: str
    version: str
    body: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A version that came into force, or that went because the files no longer declare its name."""

    version: str
    body: str
    at: Instant
    removed: bool


class Declarations(Protocol):
    """Every version that ever was in force. Bound to one project."""

    def in_force(self) -> Mapping[tuple[str, str], str]:
        """The version of each kind and name that is in force."""
        ...

    def apply(self, version: Version, now: Instant) -> None:
        """Put a version into force, in place of what is."""
        ...

    def remove(self, kind: str, name: str, now: Instant) -> None:
        """Put it on record that the files no longer declare it."""
        ...

    def history(self, kind: str, name: str, limit: int) -> Sequence[Applied]:
        """What was in force, one after the other, the newest first."""
        ...


class FeedbackBox(Protocol):
    """What users said. Bound to one project."""

    def add(self, feedback: Feedback) -> bool:
        """Keep it, durable with the transaction. False: this id is there already."""
        ...


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


class State(Protocol):
    """What the product knows and has decided."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """One durable transaction: committed (fsynced) when the block ends, undone when it raises."""
        ...

    def look(self) -> AbstractContextManager[Transaction]:
        """One consistent view that waits for no writer. What is changed in it is an error."""
        ...
