"""Components that get nothing done: their progress in; which of them are stalled, and what to tell people, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outproof.core.time import Instant, duration_text, seconds_between
from outproof.decide.finding import Finding, FindingKind
from outproof.decide.monitoring import Monitoring, about_us, said

GONE_S = 30.0
"""A server that writes its rows each few seconds is gone when it wrote none for so long."""

NAMED_MAX = 5

_STALLED_CHECK = (
    "See the server's log for the component and the threads of its process (`py-spy dump`). A store that does not "
    "answer holds up everything that needs it. Then restart the server: nothing that was acknowledged is lost."
)
_GONE_CHECK = "Is its host up, and can it reach the state database? If it is gone for good, nothing is to be done."


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentState:
    """A part of a server: when it last got something done, and why it fails, if it does.

    `quiet_s_max`: longer without progress than this and it is stuck, not slow.
    """

    name: str
    at: Instant
    quiet_s_max: float
    failure: str | None = None

    def trouble(self, now: Instant) -> str | None:
        """What is wrong with it, in a sentence; None: nothing is."""
        quiet_s = seconds_between(self.at, now)
        if self.failure:
            return f"{self.name}: {self.failure}"
        if quiet_s > self.quiet_s_max:
            return f"{self.name} has done nothing for {duration_text(quiet_s // 1)}"
        return None


def stalled(components: Sequence[ComponentState], now: Instant, least_s: float) -> tuple[ComponentState, ...]:
    """Those in trouble for longer than `least_s`, by name."""
    found = [each for each in components if each.trouble(now) and seconds_between(each.at, now) > least_s]
    return tuple(sorted(found, key=lambda each: each.name))


def stalled_finding(server: str, found: Sequence[ComponentState], monitoring: Monitoring) -> Finding:
    """That components of a server are stalled; none: that all of them work."""
    key = f"stalled:{server}"
    if not found:
        words = "every component gets its work done again"
        return _finding(monitoring, key, firing=False, title=f"All of Outproof on {server} works again", reason=words)
    names = ", ".join(each.name for each in found[:NAMED_MAX])
    more = f" and {len(found) - NAMED_MAX} more" if len(found) > NAMED_MAX else ""
    title = f"Outproof on {server}: {names}{more} {'has' if len(found) == 1 else 'have'} stalled"
    reasons = [
        f"{each.name} {f'fails ({each.failure})' if each.failure else 'hangs'}, nothing done since {said(each.at)}"
        for each in found[:NAMED_MAX]
    ]
    return _finding(monitoring, key, firing=True, title=title, reason="; ".join(reasons) + more)


def gone_finding(server: str, last_at: Instant, monitoring: Monitoring) -> Finding:
    """That a server which shares our state says nothing any more."""
    return about_us(
        monitoring,
        FindingKind.STALLED,
        f"stalled:{server}",
        firing=True,
        title=f"Outproof on {server} is gone",
        reason=f"the server {server} shares this state and said nothing since {said(last_at)}",
        first_check=_GONE_CHECK,
    )


def _finding(monitoring: Monitoring, key: str, *, firing: bool, title: str, reason: str) -> Finding:
    return about_us(
        monitoring,
        FindingKind.STALLED,
        key,
        firing=firing,
        title=title,
        reason=reason,
        first_check=_STALLED_CHECK,
    )
