"""Follows the configuration files: how they look each second in; what they declare put into force, or an error, out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from outproof.core.errors import Permanent
from outproof.core.time import Instant
from outproof.ports import Clock

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Loading:
    """How the last loading went. `error` None: what the files declare is in force since `at`."""

    at: Instant
    error: str | None


def look(files: Callable[[], Sequence[Path]]) -> Hashable:
    """What tells whether files were written: each one's inode, size and time of change. None: one cannot be seen."""
    try:
        seen = [(str(path), path.stat()) for path in files()]
    except (OSError, Permanent):
        return None
    return tuple((name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in seen)


class Reloader:
    """Loads what was written, a second after it was last touched: half a file may declare half of what is meant.

    `load` puts the files into force as a whole; when they cannot be meant it raises Permanent, and what was in force
    stays.
    """

    def __init__(self, look: Callable[[], Hashable], loaded: Hashable, load: Callable[[], None], clock: Clock) -> None:
        """`loaded` is how the files looked before what is in force was read from them."""
        self._look = look
        self._load = load
        self._clock = clock
        self._loaded = self._last = loaded
        self._asked = False
        self.loading = Loading(clock.now(), None)

    def ask(self) -> None:
        """Load at the next tick, whatever the files look like. Does nothing else: a signal handler may call it."""
        self._asked = True

    def tick(self) -> None:
        """Load the files if they were written since they were last loaded, or somebody asked for it."""
        seen, last = self._look(), self._last
        self._last = seen
        if not self._asked and (seen == self._loaded or seen != last):
            return
        try:
            self._load()
        except Permanent as error:
            if self.loading.error != str(error):
                _log.error("configuration_refused", reason=str(error))
            self.loading = Loading(self._clock.now(), str(error))
        else:
            self.loading = Loading(self._clock.now(), None)
        self._loaded, self._asked = seen, False
