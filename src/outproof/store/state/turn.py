"""Turns in the order they were asked for: threads in, one after the other out.

A plain lock is taken again at once by whoever has just given it back, while those who wait are still waking up: a loop
with much to write would keep all others waiting for seconds.
"""

from __future__ import annotations

from collections import deque
from threading import Lock


class Turn:
    """A lock that goes to whoever waits longest."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    def acquire(self, timeout_s: float) -> bool:
        """Wait for the turn. False: it did not come in time."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            called = Lock()
            called.acquire()
            self._waiting.append(called)
        if called.acquire(timeout=timeout_s):
            return True
        with self._lock:
            if called in self._waiting:
                self._waiting.remove(called)
                return False
        return True  # it came in the last moment

    def release(self) -> None:
        """Give the turn to the next, or to nobody."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
