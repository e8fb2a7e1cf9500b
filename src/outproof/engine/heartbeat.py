"""Tells watchers outside, each half minute, that this server works: its troubles in; beats, and who takes none, out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after, seconds_between
from outproof.decide.finding import FindingKind
from outproof.decide.monitoring import BeatTarget, Monitoring, about_us, said
from outproof.egress.beats import Beat
from outproof.engine.record import record
from outproof.ports import Clock, State
from outproof.respond.route import Routes

TROUBLED_S = 15.0
"""What is in trouble for less is not told outside: one write that failed and worked the next time is no trouble."""
UNHEARD_S = 300.0
"""A watcher that took no beat for so long watches nobody, and people are told."""
TARGETS_MAX = 20

_FIRST_CHECK = (
    "Is the watcher up, does the network let us reach it, and do both sides have the same secret? Until it takes a "
    "beat, nobody would notice the death of this server, or it is being paged for already."
)


class Telling(Protocol):
    """Who sends beats."""

    def tell(self, target: BeatTarget, beat: Beat) -> str | None:
        """Send a beat once. None: it was taken; else why it was not."""
        ...


@dataclass(slots=True)
class _Told:
    """What became of the beats of one watcher."""

    due_at: Instant
    taken_at: Instant
    problem: str | None = None
    under_way: Future[str | None] | None = None
    is_told: bool | None = None


class Heartbeat:
    """Beats to each watcher by itself: one that hangs holds up no other. `tick` never waits for any of them."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        project: ProjectId,
        server: str,
        *,
        teller: Telling,
        monitoring: Callable[[], Monitoring],
        troubles: Callable[[], Sequence[str]],
        routes: Callable[[], Routes] = Routes,
        pool: Executor | None = None,
    ) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._server = server
        self._teller = teller
        self._monitoring = monitoring
        self._troubles = troubles
        self._routes = routes
        self._told: dict[BeatTarget, _Told] = {}
        self._troubled_since: Instant | None = None
        self._pool = pool or ThreadPoolExecutor(TARGETS_MAX, thread_name_prefix="beat")

    def tick(self) -> None:
        """Send the beats that are due, and put on record who takes none."""
        now, monitoring = self._clock.now(), self._monitoring()
        troubles = self._lasting(now)
        for target in monitoring.heartbeats[:TARGETS_MAX]:
            told = self._told.setdefault(target, _Told(now, now))
            self._take(told, now)
            if told.under_way is None and now >= told.due_at:
                told.due_at = after(now, target.every_s)
                beat = Beat(server=self._server, number=int(now), at=now, troubles=troubles)
                told.under_way = self._pool.submit(self._teller.tell, target, beat)
        self._told = {target: told for target, told in self._told.items() if target in monitoring.heartbeats}
        self._record(monitoring, now)

    def stop(self) -> None:
        """Send nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _lasting(self, now: Instant) -> Sequence[str]:
        """The troubles of this server, once there have been some for a while."""
        troubles = self._troubles()
        if not troubles:
            self._troubled_since = None
            return ()
        self._troubled_since = self._troubled_since or now
        return troubles if seconds_between(self._troubled_since, now) >= TROUBLED_S else ()

    def _take(self, told: _Told, now: Instant) -> None:
        if told.under_way is None or not told.under_way.done():
            return
        failure = told.under_way.exception()
        told.problem = f"{type(failure).__name__}: a bug" if failure else told.under_way.result()
        told.under_way = None
        if told.problem is None:
            told.taken_at = now

    def _record(self, monitoring: Monitoring, now: Instant) -> None:
        """Tell people of a watcher that hears nothing, and that it hears again; writes only what changed."""
        for target, told in self._told.items():
            unheard = seconds_between(told.taken_at, now) >= UNHEARD_S
            if unheard == told.is_told or (not unheard and told.problem is not None):
                continue
            finding = about_us(
                monitoring,
                FindingKind.BLIND,
                f"unwatched:{self._server}:{target.name}",
                firing=unheard,
                title=f"Nobody watches Outproof on {self._server}: {target.name} takes no beat"
                if unheard
                else f"{target.name} hears Outproof on {self._server} again",
                reason=f"{target.name} took no beat since {said(told.taken_at)}: {told.problem or 'no answer'}"
                if unheard
                else f"{target.name} took a beat",
                first_check=_FIRST_CHECK,
            )
            with self._state.begin() as tx:
                record(tx, finding, project=self._project, routes=self._routes(), now=now)
            told.is_told = unheard
