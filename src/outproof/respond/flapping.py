"""When what breaks again is the same incident, and when it does so too often: rules and instants in; yes or no out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outproof.core.time import Instant, after, duration_text, seconds_between

REOPENED_MAX = 20
"""Reopenings of one incident that are remembered, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """What breaks again within `reopen_s` after it was over is the same incident; 0: it is always a new one.

    An incident that was reopened `flapping_times` within `flapping_within_s` is flapping: it breaks and mends by
    itself, and to tell of each turn would only teach people to look away.
    """

    reopen_s: float = 900.0
    flapping_times: int = 3
    flapping_within_s: float = 3_600.0

    def __post_init__(self) -> None:
        if not 0 <= self.reopen_s <= 86_400:
            raise ValueError(f"expected `reopen` from 0s to 1d, got {duration_text(self.reopen_s)}")
        if not 2 <= self.flapping_times <= REOPENED_MAX:
            raise ValueError(f"expected `flapping_times` from 2 to {REOPENED_MAX}, got {self.flapping_times!r}")
        if not 60 <= self.flapping_within_s <= 7 * 86_400:
            raise ValueError(f"expected `flapping_within` from 1m to 7d, got {duration_text(self.flapping_within_s)}")

    def reopens(self, over_at: Instant, now: Instant) -> bool:
        """Whether what was over at that instant is the same incident when it breaks now."""
        return seconds_between(over_at, now) < self.reopen_s

    def is_flapping(self, reopened: Sequence[Instant], now: Instant) -> bool:
        """Whether an incident that was reopened at these instants is flapping now."""
        since = after(now, -self.flapping_within_s)
        return sum(at >= since for at in reopened) >= self.flapping_times
