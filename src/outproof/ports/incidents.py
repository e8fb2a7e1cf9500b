"""Alerts, incidents, notices on their way, and what responders did, as they are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from outproof.contract.evidence import Exemplar
from outproof.core.ids import IncidentId, RunId
from outproof.core.time import Instant
from outproof.decide.alert import Memory
from outproof.decide.policy import ExemplarOrder
from outproof.respond.action import ActionRecord
from outproof.respond.audit import AuditEntry
from outproof.respond.delivery import Attempt, Claimed, Delivery, DeliveryState, Proof, Sending
from outproof.respond.incident import Entry, Incident, IncidentState
from outproof.respond.notification import Notice
from outproof.respond.silence import Silence, SilenceId


class Alerts(Protocol):
    """What is remembered of alerts and of the answers that broke invariants. Bound to one project."""

    def load(self, key: str) -> Memory | None: ...

    def memories(self) -> Mapping[str, Mapping[str, Memory]]:
        """All that is remembered, by the policy's name and the key of the alert."""
        ...

    def active(self) -> Sequence[tuple[str, str, Memory]]:
        """The key, the policy's name and the memory of each alert that is pending, firing or resolving."""
        ...

    def advance(self, key: str, policy: str, memory: Memory) -> bool:
        """Save what is remembered, one generation on. False: somebody was first, and what was read is old."""
        ...

    def save(self, moved: Sequence[tuple[str, str, Memory]]) -> frozenset[str]:
        """Save many memories, given as key, policy and memory, each one generation on. Returns the keys of those that
        were: of the others somebody was first.
        """
        ...

    def forget(self, before: Instant) -> int:
        """Delete the memories of alerts that have been inactive since before an instant. Returns how many."""
        ...

    def add_breaches(self, policy: str, broken: Sequence[Exemplar]) -> int:
        """Keep answers that broke an invariant, each once however often it is delivered. Returns how many were new."""
        ...

    def forget_breaches(self, before: Instant) -> int:
        """Delete the answers with a start before an instant that broke an invariant. Returns how many."""
        ...

    def breaches(self, policy: str, start: Instant, end: Instant) -> int:
        """How many answers with a start in [start, end) broke it."""
        ...

    def breach_counts(self, start: Instant, end: Instant) -> Mapping[str, int]:
        """How many answers with a start in [start, end) broke each invariant that any of them broke."""
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

    def current(self, key: str) -> Incident | None:
        """The newest incident of a key: the one that is not resolved, else the one that was resolved last."""
        ...

    def load(self, incident: IncidentId) -> Incident | None: ...

    def of_run(self, run_id: RunId, limit: int) -> Sequence[Incident]:
        """Incidents that show a run, the newest first."""
        ...

    def parts(self, incident: IncidentId, limit: int) -> Sequence[Incident]:
        """Incidents that somebody said are part of this one, the newest first."""
        ...

    def open_since(self, since: Instant, limit: int) -> Sequence[Incident]:
        """Incidents that are not over, or were not yet at that instant; drills too. The newest first."""
        ...

    def to_tell(self, now: Instant, limit: int) -> Sequence[Incident]:
        """Incidents of which there may be somebody to tell by now, the longest due first; drills too."""
        ...

    def newest(self, states: Collection[IncidentState], limit: int, *, drills: bool = False) -> Sequence[Incident]:
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
        """Queue notices, each once.

        An older notice of the kind `updated` that is still on its way is superseded, and by the end of it whatever did
        not get through. Other older ones are tried at once. Of reminders, only the newest stay on record.
        """
        ...

    def due_channels(self, now: Instant) -> Sequence[str]: ...

    def next_due(self) -> Instant | None:
        """When the next attempt is due; None: nothing is on its way."""
        ...

    def claim(self, channel: str, now: Instant, until: Instant, limit: int) -> Sequence[Claimed]:
        """Due notices that are the caller's alone until `until`; after it, whoever claims them next."""
        ...

    def sendings(self, of: Collection[IncidentId]) -> Mapping[IncidentId, Sequence[Sending]]:
        """How the newest notice to each channel of incidents stands. An incident without notices is absent."""
        ...

    def release(self) -> None:
        """Let go of every claim: whoever made them is gone, and what was being sent is sent once more, as the same."""
        ...

    def attempted(
        self, claimed: Claimed, attempt: Attempt, state: DeliveryState, next_attempt_at: Instant | None
    ) -> bool:
        """Put an attempt on record and release the claim. False: another sender has put its own there first.

        When a channel accepts a notice, what it did not take for a while is tried again within seconds.
        """
        ...

    def deliveries(self, incident: IncidentId) -> Sequence[Delivery]:
        """What each channel was told of an incident, the oldest generation first."""
        ...

    def counts(self, of: Collection[IncidentId]) -> Mapping[IncidentId, Mapping[DeliveryState, int]]:
        """How many notices of each incident are in which state."""
        ...

    def proofs(self) -> Mapping[str, Proof]:
        """What is known of whether each channel can be reached, by its name. Attempts put themselves on record here."""
        ...

    def expect_proof(self, channel: str, now: Instant) -> None:
        """Begin to wait for a proof that a channel can be reached; one that is awaited already stays as it is."""
        ...

    def forget(self, incident: IncidentId, before: Instant) -> None:
        """Remove the notices of an incident that were queued before an instant and are not on their way any more."""
        ...

    def tested(self, channel: str, now: Instant) -> None:
        """Put on record that a channel was sent a canary."""
        ...


class Silences(Protocol):
    """What people asked not to be told of. Bound to one project."""

    def active(self, now: Instant) -> Sequence[Silence]:
        """Silences that hold notices back now, the oldest first."""
        ...

    def load(self, silence: SilenceId) -> Silence | None: ...

    def newest(self, limit: int, *, ends_after: Instant | None = None) -> Sequence[Silence]:
        """The newest silences, the newest first; only those that end after an instant, where one is given."""
        ...

    def save(self, silence: Silence) -> bool:
        """Save a silence whose generation is one above what was loaded (1: a new one). False: somebody was first."""
        ...


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
