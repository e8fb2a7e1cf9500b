"""Seals minutes that are over: what has arrived in, counts by minute out. Windows are quick because of it, never other.

A minute is over when what was received until then is loaded and `SETTLE_S` more have passed: spans come when they end,
and are told by when they began. Whatever comes later opens its minute again, and it is sealed once more after a while.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.measure.minutes import Minutes, minute_of
from outproof.ports import Clock
from outproof.store.events import minutes as stored
from outproof.store.events.client import Client

SETTLE_S = 60.0
AGAIN_S = 60.0
"""How long a minute that was opened waits for more: sealing it costs as much as the first time."""

_SPANS_MAX = 250_000
"""Counted in one go: loading waits meanwhile."""
_DAY = 24 * 60


class Roller:
    """Seals what is new, what was opened again, and once after the start whatever is missing, newest days first.

    Counts that were taken of another number of spans than there are now, as in a store that was restored from a backup,
    are taken again.
    """

    def __init__(self, client: Client, clock: Clock, project: ProjectId, loaded_until: Callable[[], Instant]) -> None:
        self._client = client
        self._clock = clock
        self._project = project
        self._loaded_until = loaded_until
        self._sealed_to: int | None = None
        self._unchecked: deque[Minutes] = deque()
        self._opened_at: dict[int, Instant] = {}

    def tick(self) -> bool:
        """Seal one portion. True when there is more.

        Raises:
            Transient: the event store did not take it; the next tick repeats it.
        """
        now = self._clock.now()
        settled = after(self._loaded_until(), -SETTLE_S)
        last = minute_of(settled)
        if self._sealed_to is None:
            self._unchecked.extend(_days_before(last, stored.oldest(self._client, self._project)))
            self._sealed_to = last
        elif last > self._sealed_to:
            self._unchecked.appendleft(Minutes(self._sealed_to, last))
            self._sealed_to = last
        self._client.remembered.settled = settled
        self._seal(self._quiet(now))
        if self._unchecked:
            self._check(self._unchecked[0])
            self._unchecked.popleft()
        return bool(self._unchecked)

    def _check(self, minutes: Minutes) -> None:
        """Seal what is not sealed of a range, or was sealed with other spans than are there."""
        spans = stored.spans(self._client, self._project, minutes)
        known = stored.heads(self._client, self._project, minutes)
        wrong = (n for n in range(minutes.first, minutes.last) if known.spans.get(n) != spans.get(n, 0))
        self._seal([n for n in wrong if n not in known.frozen], spans)

    def _quiet(self, now: Instant) -> list[int]:
        """Minutes that were opened a while ago. A busy one is counted once in a while, not with every span."""
        known = self._client.remembered.minutes.get(self._project)
        opened = set(known.opened) if known else set()
        self._opened_at = {minute: self._opened_at.get(minute, now) for minute in opened}
        due = after(now, -AGAIN_S)
        return sorted(minute for minute, at in self._opened_at.items() if at <= due)

    def _seal(self, minutes: Iterable[int], spans: dict[int, int] | None = None) -> None:
        for run in _runs(minutes, spans or {}):
            stored.seal(self._client, self._project, run)


def _runs(minutes: Iterable[int], spans: dict[int, int]) -> Iterator[Minutes]:
    """Neighbouring minutes together, as far as their spans may be counted in one go."""
    first = last = None
    size = 0
    for minute in minutes:
        if first is not None and last is not None and (minute != last or size + spans.get(minute, 0) > _SPANS_MAX):
            yield Minutes(first, last)
            first = None
        if first is None:
            first, size = minute, 0
        last = minute + 1
        size += spans.get(minute, 0)
    if first is not None and last is not None:
        yield Minutes(first, last)


def _days_before(last: int, oldest: Instant | None) -> Iterator[Minutes]:
    """The days from the first span until now, the newest first."""
    if oldest is None:
        return
    first = minute_of(oldest)
    while last > first:
        begin = max(first, (last - 1) // _DAY * _DAY)
        yield Minutes(begin, last)
        last = begin
