"""Looks under way: what to look at in; each task with what was seen, as soon as its own looks are done, out.

A surface that is slow holds up only itself: few looks go to one place at once, and nobody waits for one that hangs.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from outproof.contract.surface import SQL_TIMEOUT_S_MAX
from outproof.ports import Probe
from outproof.prove.look import Look, unseen
from outproof.prove.surface_reading import Sight

LOOKS_AT_ONCE_MAX = 32
AT_ONE_PLACE_MAX = 8
"""Of all looks, how many may go to one host, database or bucket: the others must find a free thread when it hangs."""

LOOK_S_MAX = SQL_TIMEOUT_S_MAX + 5.0
"""Probes have deadlines of their own. Whoever does not come back after this hangs where no deadline reaches."""

_log = structlog.get_logger()
Task = TypeVar("Task")


@dataclass(slots=True)
class _UnderWay(Generic[Task]):
    task: Task
    blind: Mapping[str, Look]
    sights: Mapping[str, tuple[Sight, Future[Look]]]
    give_up_s: float

    def is_done(self) -> bool:
        return all(look.done() for _, look in self.sights.values()) or time.monotonic() >= self.give_up_s


class Looking(Generic[Task]):
    """A bounded number of threads that look. For use by one loop; `stop` when it has ended."""

    def __init__(self, probe: Probe, *, give_up_s: float = LOOK_S_MAX) -> None:
        self._probe = probe
        self._give_up_s = give_up_s
        self._pool = ThreadPoolExecutor(max_workers=LOOKS_AT_ONCE_MAX, thread_name_prefix="look")
        self._under_way: list[_UnderWay[Task]] = []
        self._places: dict[Future[Look], str] = {}

    def room(self) -> int:
        """How many more looks can begin at once."""
        self._places = {look: place for look, place in self._places.items() if not look.done()}
        return LOOKS_AT_ONCE_MAX - len(self._places)

    def places(self) -> Counter[str]:
        """How many looks are under way at each place."""
        return Counter(place for look, place in self._places.items() if not look.done())

    def begin(self, task: Task, sights: Mapping[str, Sight | Look]) -> None:
        """Look at everything there is to see for a task, side by side. A `Look` is what is known already."""
        looks = {
            key: (sight, self._pool.submit(self._probe.look, sight))
            for key, sight in sights.items()
            if not isinstance(sight, Look)
        }
        self._places |= {look: sight.place for sight, look in looks.values()}
        blind = {key: known for key, known in sights.items() if isinstance(known, Look)}
        self._under_way.append(_UnderWay(task, blind, looks, time.monotonic() + self._give_up_s))

    def finished(self, patience_s: float) -> Iterator[tuple[Task, Mapping[str, Look]]]:
        """The tasks that are done, after waiting at most so long for all of them. Each is given out once."""
        wait((look for under_way in self._under_way for _, look in under_way.sights.values()), timeout=patience_s)
        for done in [under_way for under_way in self._under_way if under_way.is_done()]:
            self._under_way.remove(done)
            yield done.task, {**done.blind, **{key: _seen(*each) for key, each in done.sights.items()}}

    def stop(self) -> None:
        """Begin nothing more. Whoever claimed a look that is under way is asked to look again later."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _seen(sight: Sight, look: Future[Look]) -> Look:
    """What was seen. A probe that broke saw nothing, and must not keep others from being looked at."""
    if not look.done():
        return unseen(sight.shown, "no answer in time")
    failure = look.exception()
    if failure is None:
        return look.result()
    _log.error("look_crashed", error=type(failure).__name__, surface=sight.shown)
    return unseen(sight.shown, f"the probe failed ({type(failure).__name__}): see the server's log")
