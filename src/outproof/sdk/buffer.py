"""The bounded memory between the calling thread and the courier: ended answers in, batches out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from outproof.contract.statement import Lane
from outproof.sdk.guard import nothing
from outproof.sdk.ledger import DropReason, Ledger

ANSWERS_MAX = 20_000  # about 1 KB each, so 20 MB at worst
BATCH_ANSWERS = 512  # what OpenTelemetry exporters send at once

Entry = tuple[object, int, int, int, int, int, object, dict[str, object], object]
"""An ended answer: name, trace id, span id, parent span id (0: none), start (ns), measured duration (ns), stated
duration (s; None: not stated), facts by attribute, error (its class or that name; None: no error). What is `object`
came from the application and has not been looked at yet."""


class Tally(Protocol):
    """Numbers in a row, in memory or in a file that is mapped into it."""

    def __getitem__(self, place: int, /) -> int: ...

    def __setitem__(self, place: int, number: int, /) -> None: ...


class Buffer:
    """Ended answers in the order they came. One per process, emptied after a fork, so answers may hold on to it."""

    __slots__ = ("_entries", "_ledger", "attended", "closed", "on_ready", "shown", "tally")

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.shown: Callable[[Entry], None] | None = None
        """Who sees every ended answer, whatever becomes of it; None: nobody."""
        self.forget()
        self.closed: DropReason | None = DropReason.NOT_INITIALISED

    def forget(self) -> None:
        """Leave what is in it to the parent process."""
        self._entries: deque[Entry] = deque()
        self.attended = False
        self.on_ready: Callable[[], None] = nothing
        self.tally: Tally = [0]
        """The first item counts the answers that come; it may outlive the process."""

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Entry) -> None:
        """Append, or count why not. This is all that happens on the calling thread."""
        if self.shown is not None:
            self.shown(entry)
        entries = self._entries
        if self.closed is not None:
            self._ledger.shut_out(Lane.ANSWERS, self.closed)
        elif len(entries) >= ANSWERS_MAX:
            self._ledger.shut_out(Lane.ANSWERS, DropReason.BUFFER_FULL)
            self.on_ready()
        else:
            entries.append(entry)
            self.tally[0] += 1
            if len(entries) >= BATCH_ANSWERS or not self.attended:
                self.on_ready()

    def take(self) -> list[Entry]:
        """The oldest answers, at most a batch; from here on they count as accepted."""
        taken: list[Entry] = []
        with self._ledger.lock:
            while self._entries and len(taken) < BATCH_ANSWERS:
                taken.append(self._entries.popleft())
            self._ledger.accept(len(taken))
        return taken
