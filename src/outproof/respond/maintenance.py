"""Planned work, declared in files: when nobody is told of what has certain labels, and why."""

from __future__ import annotations

from dataclasses import dataclass

from outproof.contract.schedule import Schedule
from outproof.core.time import Instant, after, duration_text, instant_from_rfc3339, seconds_between
from outproof.decide.matcher import Labels, Matcher, all_match
from outproof.prove.slots import instants, upcoming
from outproof.respond.silence import check_matchers

LASTS_S_MAX = 7 * 86_400.0

_ANY_DAY = instant_from_rfc3339("2026-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A time in which nobody is told: at each instant of `cron` in the zone `tz`, or once at `starts`, for `lasts_s`.

    Raises:
        ValueError: it covers everything, is too long, or its time cannot be meant.
    """

    name: str
    matchers: tuple[Matcher, ...]
    owner: str
    reason: str
    lasts_s: float
    cron: str | None = None
    tz: str = "UTC"
    starts: str | None = None

    def __post_init__(self) -> None:
        check_matchers(self.matchers)
        if not self.owner.strip() or not self.reason.strip():
            raise ValueError("expected an `owner` and a `reason`: who is not told will ask for both")
        if not 0 < self.lasts_s <= LASTS_S_MAX:
            raise ValueError(f"expected `lasts` of at most {duration_text(LASTS_S_MAX)}, got {self.lasts_s:g} s")
        if (self.cron is None) == (self.starts is None):
            raise ValueError("expected either `cron` or `starts`, an instant such as 2026-11-21T22:00Z")
        if self.starts is not None:
            instant_from_rfc3339(self.starts)
            return
        first, *second = upcoming(Schedule(cron=self.cron, tz=self.tz), _ANY_DAY, 2)
        if second and seconds_between(first, second[0]) < self.lasts_s:
            raise ValueError(
                f"expected windows that end before the next begins: {self.cron} comes each "
                f"{duration_text(seconds_between(first, second[0]))}, and each lasts {duration_text(self.lasts_s)}"
            )

    def until(self, now: Instant) -> Instant | None:
        """When the window that is open now ends; None: none is open."""
        began = self._began(now)
        return None if began is None else after(began, self.lasts_s)

    def covers(self, labels: Labels, now: Instant) -> bool:
        """Whether nobody is told of what has these labels now."""
        return all_match(self.matchers, labels) and self.until(now) is not None

    def next_at(self, now: Instant) -> Instant | None:
        """When the next window opens; None: never again."""
        if self.starts is not None:
            once = instant_from_rfc3339(self.starts)
            return once if once > now else None
        return next(iter(upcoming(Schedule(cron=self.cron, tz=self.tz), now, 1)), None)

    def _began(self, now: Instant) -> Instant | None:
        """When the window began that is open now; of several that overlap the last."""
        if self.starts is not None:
            once = instant_from_rfc3339(self.starts)
            return once if once <= now < after(once, self.lasts_s) else None
        began = None
        for at in instants(Schedule(cron=self.cron, tz=self.tz), after(now, -self.lasts_s)):
            if at > now:
                return began
            began = at
        return began
