"""Promises without runs, heartbeats and fresh surfaces: a beat, a look or the time in; how the pulse is, out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from outproof.contract.promise import Promise
from outproof.core.time import Instant, after, rfc3339
from outproof.prove.holds import NO_HOLDS, Holds
from outproof.prove.look import Look

FUTURE_S_MAX = 300.0
"""How far ahead of server time a surface may be; one that claims more tells nothing about its age."""

LOOK_AGAIN_S_MIN = 1.0

LAST_LOOK_S_MAX = 60.0
"""How long the look may take that is made when a surface would be stale; then it is stale without it."""


class PulseState(StrEnum):
    WAITING = "waiting"
    """Nothing was seen yet."""
    FRESH = "fresh"
    STALE = "stale"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How one promise without runs stands.

    `since` is when we began to listen. `newest_at` is the last heartbeat, or when the surface's newest output was
    written; None: nothing was seen yet. `stale_at` is when it is stale unless something newer is seen; None: it is
    stale, or paused. `look_at` is when our probe looks next, after `looks` in a row that could not see; None: a
    heartbeat, which comes by itself. `detail` is what the last look saw.
    """

    promise: str
    since: Instant
    state: PulseState = PulseState.WAITING
    newest_at: Instant | None = None
    stale_at: Instant | None = None
    look_at: Instant | None = None
    looks: int = 0
    detail: str | None = None
    generation: int = 1


def limit_s(promise: Promise) -> float:
    """Seconds after its newest sign of life that a promise is stale."""
    if promise.heartbeat is not None:
        return promise.heartbeat.every_s + promise.heartbeat.grace_s
    assert promise.freshness is not None, f"{promise.name} is kept by runs"
    return promise.freshness.max_age_s


def begun(promise: Promise, now: Instant, holds: Holds = NO_HOLDS) -> Pulse:
    """The pulse of a promise that is new: one that never beats is stale in time, too."""
    return _expecting(Pulse(promise=promise.name, since=now), promise, now, holds)


def redeclared(pulse: Pulse, promise: Promise, now: Instant, holds: Holds = NO_HOLDS) -> Pulse:
    """The pulse under a promise that may have been changed, paused, or taken up again; hardly changed when it was not.

    What was paused is expected anew from now on. What is stale stays so until something is seen.
    """
    if promise.paused:
        return paused(pulse)
    if pulse.state is PulseState.PAUSED or (pulse.look_at is None) != (promise.freshness is None):
        return _expecting(replace(pulse, since=now, newest_at=None), promise, now, holds)
    look_at = None if promise.freshness is None else now  # whoever looked before may be gone
    if pulse.state is PulseState.STALE:
        return replace(pulse, look_at=look_at)
    counted_from = pulse.since if pulse.newest_at is None else pulse.newest_at
    return replace(pulse, stale_at=holds.adjusted(after(counted_from, limit_s(promise))), look_at=look_at)


def paused(pulse: Pulse) -> Pulse:
    """The pulse while nothing is expected: its promise is paused, or nobody declares it any more."""
    return replace(pulse, state=PulseState.PAUSED, stale_at=None, look_at=None, looks=0)


def beaten(pulse: Pulse, promise: Promise, at: Instant, holds: Holds = NO_HOLDS) -> Pulse:
    """The pulse after a heartbeat. A paused one stays so, and remembers it."""
    newest_at = at if pulse.newest_at is None else max(at, pulse.newest_at)
    if pulse.state is PulseState.PAUSED:
        return replace(pulse, newest_at=newest_at)
    stale_at = holds.adjusted(after(newest_at, limit_s(promise)))
    return replace(pulse, state=PulseState.FRESH, newest_at=newest_at, stale_at=stale_at)


def looked(pulse: Pulse, promise: Promise, look: Look, now: Instant, holds: Holds = NO_HOLDS) -> Pulse:
    """The pulse after a look at its surface. One that did not see how old the output is leaves it as old as it was.

    What is shown now counts, even if something newer was shown before: output that vanished is not fresh. The next
    look is at the very moment of staleness, if not before: nobody is woken for output that came meanwhile.
    """
    assert promise.freshness is not None
    if pulse.state is PulseState.PAUSED:
        return pulse
    newest_at, detail = _newest(look, now)
    if newest_at is None:
        wait_s = min(LOOK_AGAIN_S_MIN * 2.0 ** min(pulse.looks, 20), promise.freshness.every_s)
        judged = _judged(replace(pulse, looks=pulse.looks + 1, detail=detail), now, holds)
        return replace(judged, look_at=_next_look(now, wait_s, judged.stale_at))
    stale_at = holds.adjusted(after(newest_at, limit_s(promise)))
    fresh = now < stale_at
    return replace(
        pulse,
        state=PulseState.FRESH if fresh else PulseState.STALE,
        newest_at=newest_at,
        stale_at=stale_at if fresh else None,
        look_at=_next_look(now, promise.freshness.every_s, stale_at if fresh else None),
        looks=0,
        detail=detail,
    )


def aged(pulse: Pulse, promise: Promise, now: Instant, holds: Holds = NO_HOLDS) -> Pulse:
    """The pulse when time alone has passed: stale, or held because nobody could see.

    A surface is judged by the look that is made at that moment, as long as somebody comes back from it.
    """
    if pulse.stale_at is not None and promise.freshness is not None and now < after(pulse.stale_at, LAST_LOOK_S_MAX):
        return pulse
    return _judged(pulse, now, holds)


def _judged(pulse: Pulse, now: Instant, holds: Holds) -> Pulse:
    if pulse.stale_at is None or now < pulse.stale_at:
        return pulse
    held = holds.adjusted(pulse.stale_at)
    if held > now:
        return replace(pulse, stale_at=held)
    return replace(pulse, state=PulseState.STALE, stale_at=None)


def _expecting(pulse: Pulse, promise: Promise, now: Instant, holds: Holds) -> Pulse:
    return replace(
        pulse,
        state=PulseState.PAUSED if promise.paused else PulseState.WAITING,
        stale_at=None if promise.paused else holds.adjusted(after(now, limit_s(promise))),
        look_at=None if promise.paused or promise.freshness is None else now,
        looks=0,
        detail=None,
    )


def _next_look(now: Instant, wait_s: float, stale_at: Instant | None) -> Instant:
    return after(now, wait_s) if stale_at is None or stale_at <= now else min(after(now, wait_s), stale_at)


def _newest(look: Look, now: Instant) -> tuple[Instant | None, str]:
    """When the newest output was written, and what was seen; None: this look does not tell."""
    if not look.passed:
        return None, look.detail
    if look.newest_at is None:
        return None, f"{look.detail}, which does not say when it was written"
    if look.newest_at > after(now, FUTURE_S_MAX):
        return None, f"{look.detail}, which says that it was written at {rfc3339(look.newest_at)}, a time to come"
    newest_at = min(look.newest_at, now)
    return newest_at, f"{look.detail}, written at {rfc3339(newest_at)}"
