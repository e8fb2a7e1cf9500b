"""Makes one call inside the SDK fail on the calling thread, of a Python function or of a C function."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import outproof

T = TypeVar("T")

OURS = str(Path(outproof.__file__).parent)
GUARD = str(Path(outproof.__file__).parent / "sdk" / "guard.py")
# Calls that hand over to the host's own code: what they raise is the host's own, not ours.
HANDS_OVER = frozenset({"send", "throw", "close", "asend", "athrow", "aclose", "__next__", "__anext__", "__await__"})
# Calls of the interpreter that look at what is there; they have no way to fail.
CANNOT_FAIL = frozenset(
    {"perf_counter_ns", "time_ns", "Random.getrandbits", "isinstance", "issubclass", "callable", "len", "dict.get"}
    | {"ContextVar.get", "ContextVar.set", "ContextVar.reset", "RLock.__enter__", "RLock.__exit__"}
)


class InjectedError(Exception):
    """What the failing call raises; it must never be seen outside of the SDK."""


@dataclass(frozen=True)
class Place:
    """A line of the SDK that calls something."""

    caller: str
    line: int
    called: str
    python: bool

    def __str__(self) -> str:
        return f"{self.caller}, line {self.line}, calling {self.called}"


class Injector:
    """Notes what places inside the SDK call while `during` runs, and makes the call at one of them fail."""

    def __init__(self, fail_at: Place | None = None) -> None:
        self._fail_at = fail_at
        self.places: dict[Place, None] = {}
        self.failed = False

    def during(self, act: Callable[[], T]) -> T:
        sys.setprofile(self._on_call)
        try:
            return act()
        finally:
            sys.setprofile(None)

    def worth_failing(self) -> list[Place]:
        """The places noted, but for calls of functions that do nothing that could fail: they move what is there."""
        calls: dict[str, list[Place]] = defaultdict(list)
        for place in self.places:
            calls[place.caller].append(place)
        harmless: set[str] = set()
        grown = True
        while grown:
            found = {
                place.called
                for place in self.places
                if place.python and all(inner.python and inner.called in harmless for inner in calls[place.called])
            }
            grown = not found <= harmless
            harmless |= found
        return [place for place in self.places if place.called not in harmless]

    def _on_call(self, frame: FrameType, event: str, callee: Any) -> None:
        if event == "call":
            caller, called = frame.f_back, _name(frame)
            # Stepping into the guard is no call that could fail; what it guards is.
            inside = caller is not None and _ours(caller) and _ours(frame) and frame.f_code.co_filename != GUARD
        elif event == "c_call":
            caller, called = frame, getattr(callee, "__qualname__", "?")
            inside = _ours(frame) and callee.__name__ not in HANDS_OVER and called not in CANNOT_FAIL
        else:
            return
        if not inside or caller is None:
            return
        place = Place(_name(caller), caller.f_lineno, called, event == "call")
        self.places[place] = None
        if place == self._fail_at:
            sys.setprofile(None)
            self.failed = True
            raise InjectedError(str(place))


def _name(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name} {frame.f_code.co_qualname}"


def _ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(OURS)
