"""Finds out which of many tasks a loop breaks at: its tasks in; the same without those that break every time out.

Ticks do many tasks in one transaction, so a bug that one task meets undoes the others as well. After a few tries that
one is left out for a while: the loop still fails and says so, but what is next to it is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from outproof.core.errors import Transient
from outproof.core.time import Instant, after

TRIES = 3
LEFT_OUT_S = 60.0

Key = TypeVar("Key")


class Suspects(Generic[Key]):
    """What broke a tick. For use by one loop."""

    def __init__(self) -> None:
        self._at_hand: Key | None = None
        self._broke: dict[Key, int] = {}
        self._left_out: dict[Key, Instant] = {}

    def left_out(self, now: Instant) -> Sequence[Key]:
        """What is not to be done now. Call it when a tick begins: what was at hand when the last one ended broke it."""
        broken, self._at_hand = self._at_hand, None
        self._left_out = {key: until for key, until in self._left_out.items() if until > now}
        if broken is not None:
            self._broke[broken] = self._broke.get(broken, 0) + 1
            if self._broke[broken] >= TRIES:
                self._left_out[broken] = after(now, LEFT_OUT_S)
        return tuple(self._left_out)

    def each(self, keys: Sequence[Key]) -> Iterator[Key]:
        """The keys one by one; whose turn it was when somebody broke off is remembered."""
        for key in keys:
            self._at_hand = key
            yield key
            self._broke.pop(key, None)
        self._at_hand = None

    @contextmanager
    def trying(self) -> Iterator[None]:
        """One try at several of them. That somebody was in the way, or the database away, is no fault of theirs."""
        try:
            yield
        except Transient:
            self._at_hand = None
            raise
