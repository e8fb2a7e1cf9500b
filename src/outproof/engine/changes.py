"""What has changed lately, for those who watch: topics in, a number per topic out. Nothing waits here for anybody."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable


class Changes:
    """Counts changes by topic. A watcher compares two looks, so a slow one misses nothing and holds up nobody."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def publish(self, topics: Iterable[str]) -> None:
        """Say that something under these topics changed."""
        with self._lock:
            self._counts.update(topics)

    def look(self) -> dict[str, int]:
        """How often each topic has changed so far."""
        with self._lock:
            return dict(self._counts)
