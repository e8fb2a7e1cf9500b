"""What became of every item the application emitted: emitted = sent + rejected + dropped + in buffer + in spool."""

from __future__ import annotations

from enum import StrEnum
from threading import RLock
from typing import TypedDict


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


class Stats(TypedDict):
    """Items, counted since the process started. `in_spool` is what lies on disk, also from other processes."""

    emitted: int
    sent: int
    rejected: int
    dropped: dict[str, int]
    in_buffer: int
    in_spool: int
    faults: dict[str, int]
    """Odd things that cost no item: facts that could not be used, late facts, conflicts, failures of our own."""
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

    def settle(self, *, sent: int = 0, rejected: int = 0) -> None:
        """Items the server took, and items it refused."""
        with self.lock:
            self.sent += sent
            self.rejected += rejected
            if rejected and self.last_problem:
                self.last_refusal = self.last_problem  # stays when later items fare better
