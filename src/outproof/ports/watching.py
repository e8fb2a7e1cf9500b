"""What the monitor keeps to watch itself: how far each component has come, and what senders said they emitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from outproof.contract.statement import Lane, Statement
from outproof.core.time import Instant
from outproof.decide.stalled import ComponentState
from outproof.measure.conservation import Arrived, Stated


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """One server that shares this state: when it last wrote, and how far its components had come."""

    name: str
    seen_at: Instant
    components: tuple[ComponentState, ...]


class Servers(Protocol):
    """The servers of one project and their components."""

    def report(self, server: str, components: Sequence[ComponentState], now: Instant) -> None:
        """Write down how far the components of a server have come, in place of what it wrote before."""
        ...

    def all(self) -> Sequence[ServerState]:
        """Every server that has not said goodbye, by name."""
        ...

    def withdraw(self, server: str) -> None:
        """Take the rows of a server away: it ends, or is gone for good."""
        ...


class Senders(Protocol):
    """What senders stated and what came of them. Bound to one project."""

    def state(self, statement: Statement, skew_s: float | None, now: Instant) -> bool:
        """Keep a statement in place of the sender's last. False: a newer one is there already."""
        ...

    def stated(self, limit: int) -> Sequence[Stated]:
        """The newest statement of each sender, the most recently told first."""
        ...

    def count(self, sender: str, lane: Lane, outcome: str, count: int) -> None:
        """Count what became of something that a sender wrote down: stored, duplicate or rejected."""
        ...

    def arrived(self) -> Mapping[tuple[str, Lane], Arrived]:
        """What was counted of each sender and lane."""
        ...

    def move(self, sender: str, into: str) -> None:
        """Add what was counted of a sender to another name, and forget the sender."""
        ...
