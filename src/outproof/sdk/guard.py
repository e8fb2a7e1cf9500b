"""The only file of the SDK that catches everything: a call in, its result or a stand-in out, the fault counted.

Our failure must never become the host's. Only `Exception` is held back: Ctrl-C and exits belong to the host.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from threading import RLock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")

FAULT_KINDS_MAX = 64
OTHER = "other"


class Faults:
    """How often something odd happened, by kind. Reentrant, so a signal handler may count too."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._lock = RLock()

    def count(self, kind: str, times: int = 1) -> None:
        """Add to a kind; kinds beyond the limit are counted together."""
        with self._lock:
            if kind not in self._counts and len(self._counts) >= FAULT_KINDS_MAX:
                kind = OTHER
            self._counts[kind] = self._counts.get(kind, 0) + times

    def by_kind(self) -> dict[str, int]:
        with self._lock:
            return dict(self._counts)

    def forget(self) -> None:
        """Start from zero with a fresh lock, as a forked child must."""
        self._lock = RLock()
        self._counts = {}


faults = Faults()


def never_raises(otherwise: Callable[..., S]) -> Callable[[Callable[P, R]], Callable[P, R | S]]:
    """Make a call safe: when it raises, the fault is counted by its type and `otherwise` answers.

    `otherwise` is given what came by position.
    """

    def guarded(act: Callable[P, R]) -> Callable[P, R | S]:
        @functools.wraps(act)
        def safe(*args: P.args, **kwargs: P.kwargs) -> R | S:
            try:
                return act(*args, **kwargs)
            except Exception as trouble:
                faults.count(f"internal:{type(trouble).__name__[:64]}")
                return otherwise(*args)

        return safe

    return guarded


def never_raises_of_two(act: Callable[[A, B], None]) -> Callable[[A, B], None]:
    """As `never_raises`, for the hot path: a call with two arguments and no result, at a third of the price."""

    @functools.wraps(act)
    def safe(one: A, two: B, /) -> None:
        try:
            act(one, two)
        except Exception as trouble:
            faults.count(f"internal:{type(trouble).__name__[:64]}")

    return safe


def nothing(*_: object) -> None:
    """The stand-in of a call that returns nothing."""
