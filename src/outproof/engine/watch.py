"""Watches ourselves: a beat each second, the times when there was none, and a wall clock that cannot be right.

What we could not see is nobody's fault: it is one incident about us, and the deadlines inside it are held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after, duration_text, seconds_between
from outproof.decide.finding import Finding, FindingKind
from outproof.decide.monitoring import Monitoring, about_us, said
from outproof.engine.clock import SteadyClock
from outproof.engine.record import record
from outproof.ports import State, Transaction
from outproof.prove.holds import NO_HOLDS, Downtime, Holds
from outproof.respond.route import Routes

AWAY_S = 5.0
"""A gap between two beats that is longer than this is downtime."""
REARM_S = 60.0
"""How long after it we begin to judge what fell into it: senders try again at least each 36 s."""
TOLD_S = 60.0
"""A downtime shorter than this, into which nothing fell, is told to nobody."""
BACKWARDS_S = 2.0
RESOLVED_S_MAX = 60.0
"""So long after re-arming a downtime is over, even if not everything that fell into it is judged yet."""
KEPT_S = 7 * 86_400.0
KEPT_MAX = 1_000

_DOWN, _CLOCK = "down", "clock"
_DOWN_KEY = f"monitor:{_DOWN}"


class Watch:
    """Call `begin` before anything is judged, then `tick` each second. `holds` says which deadlines wait."""

    def __init__(
        self, state: State, clock: SteadyClock, project: ProjectId, routes: Callable[[], Routes] = Routes
    ) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._routes = routes
        self._beat_at: Instant | None = None
        self._holds = NO_HOLDS
        self._untold: Downtime | None = None
        self._told_clock: str | None = None
        self._once_was: Instant | None = None
        self.away_since: Instant | None = None
        """Since when nobody had looked when this server began; None: nobody was missing."""

    def begin(self) -> None:
        """Find out how long nobody looked, and end what an earlier start left open.

        Raises:
            Transient: the state cannot be read or written now.
        """
        with self._state.begin() as tx:
            now = self._clock.now()
            last = tx.downtimes.beat(now)
            known = tx.downtimes.since(after(now, -KEPT_S), KEPT_MAX)
            fresh = self._away(tx, last, now)
            if last is not None and seconds_between(now, last) > BACKWARDS_S:
                self._once_was = last
            told = self._judge_clock(tx, now, begins=True)
            tx.outbox.release()  # the pages that a killed server was sending do not wait for its claims to lapse
            down = tx.incidents.unresolved(_DOWN_KEY)
        self.away_since = fresh.start if fresh else None
        self._holds = Holds.of([*known, *([fresh] if fresh else [])])
        if down is not None and self._holds.downtimes:
            self._untold = self._holds.downtimes[-1]
        self._beat_at, self._told_clock = now, told

    def tick(self) -> None:
        """Beat; write down what was missed since the last beat; end what is over."""
        with self._state.begin() as tx:
            now = self._clock.now()
            fresh = self._away(tx, tx.downtimes.beat(now), now)
            pending = fresh or self._untold
            is_over = pending is not None and self._rearmed(tx, pending, now)
            told = self._judge_clock(tx, now, begins=False)
        if fresh:
            self._holds = Holds.of([*self._holds.downtimes[-KEPT_MAX:], fresh])
        self._untold = None if is_over else pending
        self._beat_at, self._told_clock = now, told

    def holds(self) -> Holds:
        """The downtimes that hold deadlines now; one that nobody has written down yet is among them.

        After the host slept, another loop may be the first to look: it must not judge what nobody could see.
        """
        beat_at, holds = self._beat_at, self._holds
        now = self._clock.now()
        if beat_at is None or seconds_between(beat_at, now) <= AWAY_S:
            return holds
        return Holds.of([*holds.downtimes, Downtime(beat_at, now, after(now, REARM_S))])

    def _away(self, tx: Transaction, last: Instant | None, now: Instant) -> Downtime | None:
        """The time since the last beat, if that was too long; it is written down and, if it matters, told."""
        if last is None or seconds_between(last, now) <= AWAY_S:
            return None
        downtime = Downtime(last, now, after(now, REARM_S))
        tx.downtimes.add(downtime)
        inside = tx.downtimes.deadlines(last, downtime.rearm_at)
        if inside or seconds_between(last, now) >= TOLD_S:
            current = tx.incidents.unresolved(_DOWN_KEY)
            times = 1 if current is None else current.finding.occurrences + 1
            self._record(tx, _was_down(self._routes().monitoring, downtime, inside, times), now)
        return downtime

    def _rearmed(self, tx: Transaction, downtime: Downtime, now: Instant) -> bool:
        """Whether a downtime is over: its deadlines were judged. Then its incident ends with what was found."""
        if now < downtime.rearm_at:
            return False
        left = tx.downtimes.deadlines(downtime.start, downtime.rearm_at)
        if left and now < after(downtime.rearm_at, RESOLVED_S_MAX):
            return False
        incidents = tx.downtimes.incidents_since(downtime.end)
        self._record(tx, _looks_again(self._routes().monitoring, downtime, left, incidents), now)
        return True

    def _judge_clock(self, tx: Transaction, now: Instant, *, begins: bool) -> str | None:
        """Open or end the incident of a clock that cannot be right; returns what is said of it, None when all is well.

        The words stay as they were when the clock came under suspicion: that it drifts on is no news.
        """
        if self._once_was is not None and now >= self._once_was:
            self._once_was = None
        ahead_s = self._clock.wall_ahead_s()
        if ahead_s is None and self._once_was is None:
            if begins or self._told_clock is not None:
                self._record(tx, _clock_agrees(self._routes().monitoring), now)
            return None
        if self._told_clock is None:
            why = _jumped(ahead_s, now) if ahead_s is not None else _set_back(self._once_was or now, now)
            self._record(tx, _clock_suspect(self._routes().monitoring, why), now)
            return why
        return self._told_clock

    def _record(self, tx: Transaction, finding: Finding, now: Instant) -> None:
        record(tx, finding, project=self._project, routes=self._routes(), now=now)


def _was_down(monitoring: Monitoring, downtime: Downtime, inside: int, times: int) -> Finding:
    lasted = duration_text(max(seconds_between(downtime.start, downtime.end), 1.0))
    found = about_us(
        monitoring,
        FindingKind.MONITOR_DOWN,
        _DOWN,
        firing=True,
        title=f"Outproof did not look for {lasted}",
        reason=(
            f"Outproof did not look from {said(downtime.start)} to {said(downtime.end)} ({lasted}); "
            f"{_counted(inside, 'deadline')} fell into it, judged again at {said(downtime.rearm_at)}"
        ),
        first_check="Why was the server down, asleep or unable to write? See its log and that of whatever starts it.",
    )
    return replace(found, occurrences=times)


def _looks_again(monitoring: Monitoring, downtime: Downtime, left: int, incidents: int) -> Finding:
    still = f"; {_counted(left, 'deadline')} still to be judged" if left else ""
    return about_us(
        monitoring,
        FindingKind.MONITOR_DOWN,
        _DOWN,
        firing=False,
        title="Outproof looks again",
        reason=(
            f"what fell into it is judged since {said(downtime.rearm_at)}: "
            f"{_counted(incidents, 'incident')} opened since the server is back{still}"
        ),
        first_check="",
    )


def _clock_suspect(monitoring: Monitoring, why: str) -> Finding:
    return about_us(
        monitoring,
        FindingKind.CLOCK_SUSPECT,
        _CLOCK,
        firing=True,
        title="The wall clock of Outproof's host cannot be right",
        reason=why,
        first_check=(
            "Compare `date -u` on the host with a clock you trust. If the host is wrong, correct it. If it is right, "
            "restart Outproof: it takes the time from the host when it starts."
        ),
    )


def _clock_agrees(monitoring: Monitoring) -> Finding:
    return about_us(
        monitoring,
        FindingKind.CLOCK_SUSPECT,
        _CLOCK,
        firing=False,
        title="The wall clock of Outproof's host agrees again",
        reason="the wall clock and server time agree again",
        first_check="",
    )


def _jumped(ahead_s: float, now: Instant) -> str:
    direction = "ahead of" if ahead_s > 0 else "behind"
    return (
        f"the wall clock went {duration_text(abs(ahead_s))} {direction} the boot clock at {said(now)}; "
        f"deadlines go on by the boot clock, so nothing is judged too early or too late"
    )


def _set_back(once_was: Instant, now: Instant) -> str:
    return (
        f"when Outproof last looked it was {said(once_was)}, and now the host says {said(now)}: "
        f"one of the two is wrong, and until the later one has passed deadlines may be judged late"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
