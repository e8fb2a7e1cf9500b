"""Signs of life: of each topic the newest letter, and at most one in so many seconds, however often one is given."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock

from outproof.sdk.letter import Letter

TOPICS_MAX = 1_000

Write = Callable[[], Letter]


@dataclass(slots=True)
class _Pause:
    """When the next letter of a topic may go, and the newest that waits for it."""

    over_s: float
    pause_s: float
    waiting: Write | None = None


class Trickle:
    """Letters go to `post` in time; a letter is only written down when it goes, so giving one costs next to nothing."""

    def __init__(self, post: Callable[[Letter], None]) -> None:
        self._post = post
        self._pauses: dict[str, _Pause] = {}
        self._posting = 0
        self._lock = RLock()

    def give(self, topic: str, write: Write, *, pause_s: float) -> None:
        """Send at once when the topic's pause is over; else remember, in place of what was given before."""
        now_s = time.monotonic()
        with self._lock:
            pause = self._pauses.get(topic)
            if pause is not None and now_s < pause.over_s:
                pause.waiting = write
                return
            if pause is None and len(self._pauses) >= TOPICS_MAX:
                self.send_now(next(iter(self._pauses)))
            self._pauses[topic] = _Pause(now_s + pause_s, pause_s)
        self._post(write())

    def send_due(self, now_s: float) -> None:
        """Send what has waited long enough, and forget the topics that were silent for as long."""
        with self._lock:
            due = {topic: pause for topic, pause in self._pauses.items() if now_s >= pause.over_s}
            for topic, pause in due.items():
                if pause.waiting is None:
                    del self._pauses[topic]
                else:
                    self._pauses[topic] = _Pause(now_s + pause.pause_s, pause.pause_s)
            self._posting += 1
        with self._posted():
            self._post_waiting(due.values())

    def send_now(self, topic: str) -> None:
        """Send what waits under a topic, and forget the topic."""
        with self._lock:
            pause = self._pauses.pop(topic, None)
            if pause is None:
                return
            self._posting += 1
        with self._posted():
            self._post_waiting([pause])

    def send_all(self) -> None:
        """Send all that waits."""
        for topic in list(self._pauses):
            self.send_now(topic)

    @property
    def busy(self) -> bool:
        """Whether something waits, or is just being written down."""
        with self._lock:
            return self._posting > 0 or any(pause.waiting for pause in self._pauses.values())

    def _post_waiting(self, pauses: Iterable[_Pause]) -> None:
        for pause in pauses:
            if pause.waiting is not None:
                self._post(pause.waiting())

    @contextmanager
    def _posted(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._lock:
                self._posting -= 1
