"""What became of everything that arrived, when we could not see, what was declared, and what users said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from outproof.contract.feedback import Feedback
from outproof.core.time import Instant
from outproof.prove.holds import Downtime


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
