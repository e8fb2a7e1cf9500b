"""Whether the server can do its work: loops and stores in, a verdict with reasons out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outproof.core.time import Instant, rfc3339, seconds_between
from outproof.engine.loop import Loop
from outproof.ports import Clock


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the engine and when it last got anything done. `lag` is what waits for it, if that can be counted."""

    name: str
    last_progress_at: str
    lag: int | None
    failure: str | None


class Health:
    """Looks at progress, not at liveness: a loop that hangs is as bad as one that died."""

    def __init__(self, loops: Sequence[Loop], clock: Clock, lag: Callable[[], int]) -> None:
        self._loops = loops
        self._clock = clock
        self._lag = lag
        self.started_at: Instant = clock.now()

    def components(self) -> list[Component]:
        """Every loop with its progress."""
        return [
            Component(
                loop.name,
                rfc3339(loop.progress.at),
                self._lag() if loop.name == "intake" else None,
                loop.progress.failure,
            )
            for loop in self._loops
        ]

    def troubles(self) -> list[str]:
        """Why the server is not ready, in sentences; empty when it is."""
        now = self._clock.now()
        found = []
        for loop in self._loops:
            quiet_s = seconds_between(loop.progress.at, now)
            if loop.progress.failure:
                found.append(f"{loop.name}: {loop.progress.failure}")
            elif quiet_s > loop.stalled_s_max:
                found.append(f"{loop.name} has done nothing for {quiet_s:.0f} s")
        return found
