"""Ended answers in, each shown to whoever asked to see them: metrics and log lines, in a thread of their own.

That thread is not the courier's: an onlooker that hangs, such as a log handler on a dead network, must not keep answers
from being delivered. Nor is it the application's, except when somebody waits for it with `catch_up`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, RLock, Thread

from outproof.sdk.buffer import Entry
from outproof.sdk.guard import faults, never_raises, nothing

WAITING_MAX = 20_000
GATHER_S = 0.5  # how long an ended answer waits for company
SLICE = 16  # so many at once between two looks at the clock; a fork waits for one slice
FORK_WAITS_S = 0.1
POLL_S = 0.002
UNSEEN = "not_shown"

Look = Callable[[Entry], None]


class Onlookers:
    """Who looks at the answers of this process. `see` is for the calling thread, everything else for any.

    The lock is no reentrant one: what an onlooker holds must not be entered again by a signal handler, which gives up
    after its time instead.
    """

    def __init__(self, *, fork_waits_s: float = FORK_WAITS_S) -> None:
        self._fork_waits_s = fork_waits_s
        self._looks: tuple[Look, ...] = ()
        self._afters: tuple[Callable[[], None], ...] = ()
        self.forget()

    def forget(self) -> None:
        """Leave to the parent process what it has not shown yet; the onlookers stay."""
        self._waiting: deque[Entry] = deque()
        self._lock = Lock()
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._hurries: SimpleQueue[None] = SimpleQueue()
        self._starting = RLock()
        self._thread: Thread | None = None
        self._awake = False
        self._paused = False
        self._rounds = 0

    def add(self, look: Look, after: Callable[[], None] = nothing) -> None:
        """Show every answer from now on to this one too, and call `after` when some were shown; what they raise is
        counted."""
        self._looks = (*self._looks, never_raises(nothing)(look))
        self._afters = (*self._afters, never_raises(nothing)(after))

    def see(self, entry: Entry) -> None:
        """Put an answer in the queue, or count that it found no place."""
        if len(self._waiting) >= WAITING_MAX:
            faults.count(UNSEEN)
            return
        self._waiting.append(entry)
        if not self._awake:
            self._wake()

    def catch_up(self, timeout_s: float) -> bool:
        """Show what waits now, in this thread; False when that was not possible in time."""
        until_s = time.monotonic() + timeout_s
        while self._lock.acquire(timeout=max(0.0, until_s - time.monotonic())):
            try:
                self._show_slice()
            finally:
                self._lock.release()
            if not self._waiting:
                return True
        return False

    def finish(self, timeout_s: float) -> None:
        """Have the thread show what waits, and wait so long for it at most. A signal handler may call this."""
        if not self._looks:
            return
        until_s, rounds = time.monotonic() + timeout_s, self._rounds
        # One round at least, so that also what is told after each is told for the last time.
        while (self._rounds == rounds or self._waiting) and time.monotonic() < until_s:
            self._wake()
            self._hurries.put(None)
            time.sleep(POLL_S)

    def pause(self) -> None:
        """Have nobody look while the process forks: a lock that a metric or a log handler holds at that moment would
        stay locked in the child for good."""
        self._paused = self._lock.acquire(timeout=self._fork_waits_s)

    def go_on(self) -> None:
        """Look again, in the parent."""
        if self._paused:
            self._paused = False
            self._lock.release()

    @never_raises(nothing)
    def _wake(self) -> None:
        with self._starting:
            if self._thread is None:
                thread = Thread(target=self._work, name="outproof-onlookers", daemon=True)
                thread.start()
                self._thread = thread
        self._awake = True
        self._wakes.put(None)

    def _work(self) -> None:
        while True:
            self._wakes.get()
            with suppress(Empty):
                self._hurries.get(timeout=GATHER_S)
            self._awake = False
            self._show_all()

    @never_raises(nothing)
    def _show_all(self) -> None:
        while True:
            with self._lock:
                self._show_slice()
            if not self._waiting:
                break
        self._rounds += 1

    def _show_slice(self) -> None:
        for _ in range(SLICE):
            try:
                entry = self._waiting.popleft()
            except IndexError:
                break
            for look in self._looks:
                look(entry)
        for after in self._afters:
            after()
