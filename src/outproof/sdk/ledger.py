"""What became of every item the application emitted: emitted = sent + rejected + dropped + in buffer + in spool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from threading import RLock
from typing import TypedDict

from outproof.contract.statement import Lane
from outproof.sdk.guard import nothing

OTHERS_MAX = 200
"""Other processes whose files this one accounts for; they died, and left something behind."""
REFUSED = "refused"
"""Why something of another process is gone: the server would not take it."""


class DropReason(StrEnum):
    """Why an item was given up."""

    NOT_INITIALISED = "not_initialised"
    """`init` was not called, or its settings could not be used."""
    SHUT_DOWN = "shut_down"
    """An answer that ended after `shutdown`."""
    BUFFER_FULL = "buffer_full"
    """More answers at once than the buffer holds; the newest is dropped."""
    SPOOL_FULL = "spool_full"
    """The disk spool reached its cap in bytes."""
    SPOOL_UNWRITABLE = "spool_unwritable"
    """The disk refused, and memory held as many items as it may."""
    TOO_OLD = "too_old"
    """It waited on disk longer than a server would still take it."""
    BAD_VALUE = "bad_value"
    """It could not be written down, such as a run without a name."""
    NO_RUN = "no_run"
    """It was said of the current run where there was none."""
    DIED = "died"
    """It was in the memory of a process that ended without warning; counted by the next one with the same spool."""
    SAMPLED_OUT = "sampled_out"
    """An ordinary answer that was not drawn; those that were say what chance they had."""
    SUPERSEDED = "superseded"
    """A sign of life that still waited when a newer one came."""
    FAILED = "failed"
    """A failure of our own came between; `stats()["faults"]` says which."""


class Account:
    """What one courier counts of its own, by lane, for its statements; and what it gave up of other processes' files.

    The same is counted in the ledger of the process, which all its couriers share.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.accepted: dict[Lane, int] = dict.fromkeys(Lane, 0)
        self.rejected: dict[Lane, int] = dict.fromkeys(Lane, 0)
        self.dropped: dict[Lane, dict[str, int]] = {lane: {} for lane in Lane}
        self.of_others: dict[str, dict[Lane, dict[str, int]]] = {}

    def in_one(self) -> AbstractContextManager[object]:
        """While it lasts nobody else reads or changes counts: an item that goes from disk is counted before they do."""
        return self.ledger.lock

    @contextmanager
    def holding(self, lane: Lane, items: int, given_up: Callable[[int], None] = nothing) -> Iterator[None]:
        """Give up items that were accepted, and that nobody else has, should the block fail; and tell `given_up`."""
        held = True
        try:
            yield
            held = False
        finally:
            if held:
                self.drop(lane, DropReason.FAILED, items)
                given_up(items)

    def take(self, lane: Lane, items: int = 1) -> None:
        """Count items that the ledger has accepted already."""
        with self.ledger.lock:
            self.accepted[lane] += items

    def accept(self, lane: Lane, items: int = 1) -> None:
        with self.ledger.lock:
            self.ledger.accept(items)
            self.accepted[lane] += items

    def drop(self, lane: Lane, reason: DropReason, items: int = 1, of: str | None = None) -> None:
        """Give up items that were accepted, here or by the other process that wrote them down."""
        with self.ledger.lock:
            self.ledger.drop(reason, items)
            self._note(lane, reason.value, items, of)

    def turn_away(self, lane: Lane, reason: DropReason, items: int = 1, of: str | None = None) -> None:
        """Give up items at the door."""
        with self.ledger.lock:
            self.ledger.turn_away(reason, items)
            if of is None:
                self.accepted[lane] += items
            self._note(lane, reason.value, items, of)

    def settle(self, lane: Lane, *, sent: int = 0, rejected: int = 0, of: str | None = None) -> None:
        """Items the server took, and items it refused."""
        with self.ledger.lock:
            self.ledger.settle(sent=sent, rejected=rejected)
            if of is None:
                self.rejected[lane] += rejected
            elif rejected:
                self._note(lane, REFUSED, rejected, of)

    def _note(self, lane: Lane, reason: str, items: int, of: str | None) -> None:
        if of is None:
            counts = self.dropped[lane]
        else:
            if of not in self.of_others and len(self.of_others) >= OTHERS_MAX:
                return
            counts = self.of_others.setdefault(of, {}).setdefault(lane, {})
        counts[reason] = counts.get(reason, 0) + items


class Stats(TypedDict):
    """Items, counted since the process started. `in_spool` is what lies on disk, also from other processes."""

    emitted: int
    sent: int
    rejected: int
    dropped: dict[str, int]
    in_buffer: int
    in_spool: int
    faults: dict[str, int]
    """Odd things: facts that could not be used, late facts, conflicts, failures of our own."""
    last_problem: str | None
    """Why something cannot be delivered just now, else why the server refused something; None while all is well."""


class Ledger:
    """Counts that may be changed from any thread and from a signal handler."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start from zero with a fresh lock, as a forked child must."""
        self.lock = RLock()
        self.accepted = 0
        self.sent = 0
        self.rejected = 0
        self.dropped: dict[str, int] = {}
        self.at_the_door: dict[tuple[Lane, str], int] = {}
        self.last_problem: str | None = None
        self.last_refusal: str | None = None

    def accept(self, items: int = 1) -> None:
        with self.lock:
            self.accepted += items

    def drop(self, reason: DropReason, items: int = 1) -> None:
        """Give up items that were accepted."""
        with self.lock:
            self.dropped[reason.value] = self.dropped.get(reason.value, 0) + items

    def turn_away(self, reason: DropReason, items: int = 1) -> None:
        """Give up items at the door: they count as emitted and as dropped."""
        with self.lock:
            self.accepted += items
            self.drop(reason, items)

    def shut_out(self, lane: Lane, reason: DropReason, items: int = 1) -> None:
        """Give up items that no courier ever saw; the next statement of whichever there is tells of them."""
        with self.lock:
            self.turn_away(reason, items)
            key = (lane, reason.value)
            self.at_the_door[key] = self.at_the_door.get(key, 0) + items

    def settle(self, *, sent: int = 0, rejected: int = 0) -> None:
        """Items the server took, and items it refused."""
        with self.lock:
            self.sent += sent
            self.rejected += rejected
            if rejected and self.last_problem:
                self.last_refusal = self.last_problem  # stays when later items fare better
