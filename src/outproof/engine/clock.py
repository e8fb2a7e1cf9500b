"""Server time: the host's wall clock and boot clock in; instants that never jump and never run backwards out.

Deadlines are wall-clock times, but the wall clock can be set. The boot clock cannot: it counts on, also while the host
sleeps. So time is the wall at our start plus the time since by the boot clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from outproof.core.time import NANOS_PER_S, Instant

SUSPECT_ABOVE_S = 2.0
TRUSTED_BELOW_S = 1.0
"""Less than where suspicion begins, so that a clock at the limit does not come and go."""
SLEW_PPM_MAX = 500
"""As fast as a kernel moves its own clock: half a millisecond per second."""
_LOOK_S_MAX = 0.1
"""We were interrupted between looking at the two clocks if that took longer; then they cannot be compared."""


def boot_ns() -> int:
    """Nanoseconds since the host started, counting the time it slept where the system can tell."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


class SteadyClock:
    """`ports.Clock`. It follows the wall slowly while they nearly agree; when they do not, it goes on by itself."""

    def __init__(self, wall_ns: Callable[[], int] = time.time_ns, boot_ns: Callable[[], int] = boot_ns) -> None:
        self._wall_ns = wall_ns
        self._boot_ns = boot_ns
        self._lock = threading.Lock()
        self._boot = boot_ns()
        self._at = wall_ns()
        self._ahead_ns = 0
        self._suspect = False

    def now(self) -> Instant:
        """Server time. Of two calls the later never answers the earlier time."""
        with self._lock:
            before, wall, boot = self._boot_ns(), self._wall_ns(), self._boot_ns()
            elapsed = max(boot - self._boot, 0)
            self._boot += elapsed
            self._at += elapsed
            if boot - before <= _LOOK_S_MAX * NANOS_PER_S:
                self._follow(wall, elapsed)
            return Instant(self._at)

    def wall_ahead_s(self) -> float | None:
        """How far the wall clock is ahead of server time (negative: behind) when they do not agree, else None."""
        self.now()
        with self._lock:
            return self._ahead_ns / NANOS_PER_S if self._suspect else None

    def _follow(self, wall: int, elapsed: int) -> None:
        self._ahead_ns = wall - self._at
        limit_s = TRUSTED_BELOW_S if self._suspect else SUSPECT_ABOVE_S
        self._suspect = abs(self._ahead_ns) > limit_s * NANOS_PER_S
        if not self._suspect:
            step_max = elapsed * SLEW_PPM_MAX // 1_000_000
            self._at += min(max(self._ahead_ns, -step_max), step_max)
