"""Whether the server can do its work: its components and stores in, a verdict with reasons out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from outproof.core.time import Instant, rfc3339
from outproof.decide.stalled import ComponentState
from outproof.engine.loop import Progress
from outproof.ports import Clock

RECEIVE_EVERY_S = 1.0
RECEIVE_QUIET_S_MAX = 8.0


class Part(Protocol):
    """Something whose progress is watched."""

    name: str
    progress: Progress

    @property
    def stalled_s_max(self) -> float: ...


class Receiving:
    """The progress of what answers requests: all of them wait while it is held up, though every thread may work."""

    name = "receive"
    stalled_s_max = RECEIVE_QUIET_S_MAX

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beating: asyncio.Task[None] | None = None
        self.progress = Progress(self.name, clock.now(), None)

    def start(self) -> None:
        """Begin to beat in the event loop that is running."""
        self._beating = asyncio.get_running_loop().create_task(self._beat())

    async def stop(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating

    async def _beat(self) -> None:
        while True:
            self.progress = Progress(self.name, self._clock.now(), None)
            await asyncio.sleep(RECEIVE_EVERY_S)


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the engine and when it last got anything done. `lag` is what waits for it, if that can be counted.

    `trouble` says what is wrong with it, in a sentence; null: it works.
    """

    name: str
    last_progress_at: str
    lag: int | None
    failure: str | None
    trouble: str | None


class Health:
    """Looks at progress, not at liveness: a loop that hangs is as bad as one that died."""

    def __init__(self, parts: Sequence[Part], clock: Clock, lag: Callable[[], int], server: str = "") -> None:
        self._parts = parts
        self._clock = clock
        self._lag = lag
        self.server = server
        self.started_at: Instant = clock.now()

    def states(self) -> list[ComponentState]:
        """Every part, as it is now."""
        return [
            ComponentState(
                name=part.name,
                at=part.progress.at,
                quiet_s_max=part.stalled_s_max,
                failure=part.progress.failure,
            )
            for part in self._parts
        ]

    def components(self) -> list[Component]:
        """Every part with its progress."""
        now = self._clock.now()
        return [
            Component(
                state.name,
                rfc3339(state.at),
                self._lag() if state.name == "intake" else None,
                state.failure,
                state.trouble(now),
            )
            for state in self.states()
        ]

    def troubles(self) -> list[str]:
        """Why the server is not ready, in sentences; empty when it is."""
        now = self._clock.now()
        return [trouble for state in self.states() if (trouble := state.trouble(now))]
