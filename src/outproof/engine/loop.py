"""Runs ticks: one plain thread per loop, woken early when there is work. Here alone the engine catches all."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import dataclass
from typing import Protocol

import structlog

from outproof.core.errors import Transient
from outproof.core.time import Instant
from outproof.ports import Clock

_log = structlog.get_logger()
_PAUSE_S_MAX = 30.0


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
        return max(10.0, 3 * self._period_s)

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


def _frames(error: BaseException) -> str:
    """Where an exception came from, without its text: that may carry what must not be logged."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:]))
