"""Runs ticks: one plain thread per loop, woken early when there is work. Here alone the engine catches all."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

import structlog

from outproof.core.errors import Transient
from outproof.core.time import Instant
from outproof.ports import Clock

_log = structlog.get_logger()
_PAUSE_S_MAX = 30.0
T = TypeVar("T")


class Ticking(Protocol):
    def tick(self) -> bool | None:
        """Do what is due. True: there is more, come back at once."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """What a loop last did. `failure` is why its last tick failed; None when it did not."""

    component: str
    at: Instant
    failure: str | None


class Loop:
    """Calls `tick` every `period_s`, or as soon as `wake` is set. A failing tick is tried again with growing pauses.

    `rest_s` lies between the beginnings of two ticks, unless the first said that there is more: under load, what comes
    in meanwhile is taken together, which is far cheaper; the first to come after a quiet time never waits.
    """

    def __init__(
        self,
        name: str,
        work: Ticking,
        clock: Clock,
        *,
        period_s: float,
        wake: threading.Event,
        rest_s: float = 0.0,
    ) -> None:
        self.name = name
        self._work = work
        self._clock = clock
        self._period_s = period_s
        self._rest_s = rest_s
        self._wake = wake
        self._stopping = threading.Event()
        self._failures = 0
        self.progress = Progress(name, clock.now(), None)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the tick at hand, then stop. Idempotent."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def stalled_s_max(self) -> float:
        """Longer without progress than this means that the loop is stuck, not slow."""
        return max(8.0, 3 * self._period_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            began_s = time.monotonic()
            more = self._tick()
            if not more:
                self._wake.wait(min(self._period_s * 2**self._failures, _PAUSE_S_MAX))
                self._stopping.wait(began_s + self._rest_s - time.monotonic())
            self._wake.clear()

    def _tick(self) -> bool:
        try:
            more = bool(self._work.tick())
        except Transient as error:
            self._failed(str(error))
            _log.warning("tick_failed", component=self.name, reason=str(error), failures=self._failures)
            return False
        except Exception as error:  # a bug in one tick must not end the loop: it is shown, and tried again
            self._failed(f"{type(error).__name__} (a bug: see the log)")
            _log.error("tick_crashed", component=self.name, error=type(error).__name__, trace=_frames(error))
            return False
        self._failures = 0
        self.progress = Progress(self.name, self._clock.now(), None)
        return more

    def _failed(self, reason: str) -> None:
        self._failures = min(self._failures + 1, 8)
        self.progress = Progress(self.name, self.progress.at, reason)


def attempt(work: Callable[[], T]) -> T | Exception:
    """What comes of it, or why nothing did: one of many must not keep the others from their turn.

    Whoever calls it raises the failure once the others are done, or `report`s it: nothing is swallowed.
    """
    try:
        return work()
    except Exception as failure:  # a bug in one of many; see above
        return failure


def in_parts(what: str, items: Sequence[T], work: Callable[[Sequence[T]], None]) -> Exception | None:
    """Do the work on all items at once; where that fails, on halves, until only what fails by itself is left out.

    Returns the last failure; each is reported. Work that failed must have done nothing.

    Raises:
        Transient: the world failed, not an item: all of it is to be tried again.
    """
    failed: Exception | None = None
    waiting = [items] if items else []
    while waiting:
        some = waiting.pop()
        failure = attempt(partial(work, some))
        if isinstance(failure, Transient):
            raise failure
        if failure is None:
            continue
        if len(some) > 1:
            middle = len(some) // 2
            waiting += [some[middle:], some[:middle]]
        else:
            report(what, failure)
            failed = failure
    return failed


def report(what: str, failure: Exception) -> None:
    """Log a bug that concerned one of many."""
    _log.error("part_crashed", part=what, error=type(failure).__name__, trace=_frames(failure))


def _frames(error: BaseException) -> str:
    """Where an exception came from, without its text: that may carry what must not be logged."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:]))
