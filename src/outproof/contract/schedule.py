"""When runs of a promise are expected: a cron line in its own time zone, or so long after the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from outproof.core.time import duration_text

EVERY_S_MIN = 1.0
EVERY_S_MAX = 366 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a run is expected: at each instant of `cron` in the zone `tz`, or `every_s` after the last one began.

    A run that has not begun `grace_s` after its slot never started. A run that begins up to `early_s` before a slot is
    that slot's: clocks differ. `due_s` after its slot the output must be proven; None: as the promise says.
    """

    cron: str | None = None
    every_s: float | None = None
    tz: str = "UTC"
    grace_s: float = 60.0
    early_s: float = 60.0
    due_s: float | None = None

    @property
    def text(self) -> str:
        """The schedule as a person says it."""
        return f"{self.cron} in {self.tz}" if self.cron is not None else f"every {duration_text(self.every_s or 0)}"

    def __post_init__(self) -> None:
        if (self.cron is None) == (self.every_s is None):
            raise ValueError("expected either `cron` or `every` in a schedule")
        if self.every_s is not None and not EVERY_S_MIN <= self.every_s <= EVERY_S_MAX:
            raise ValueError(f"expected `every` from {EVERY_S_MIN:g} s to 366 d, got {self.every_s:g} s")
        if self.grace_s < 0 or self.early_s < 0:
            raise ValueError("expected `grace` and `early` not negative")
        if self.due_s is not None and self.due_s <= 0:
            raise ValueError("expected `due` longer than nothing")
        try:
            zone = ZoneInfo(self.tz)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"expected a time zone such as Europe/Berlin, got {self.tz!r}{_meant(self.tz)}") from error
        if self.cron is not None:
            try:
                next(CronSim(self.cron, datetime(2026, 1, 1, tzinfo=UTC).astimezone(zone)))
            except StopIteration:
                raise ValueError(f"expected a cron line that comes true some day, got {self.cron!r}") from None
            except CronSimError as error:
                said = str(error).rstrip(".") or "five fields"
                raise ValueError(f"expected a cron line such as 0 3 * * *, got {self.cron!r}: {said}") from error


def _meant(tz: str) -> str:
    """The zone that was probably meant: a place, because an abbreviation such as EST stands still in summer."""
    names = {name.casefold(): name for name in available_timezones() if "/" in name}
    close = get_close_matches(tz.casefold().replace(" ", "_"), names, n=1)
    return f"; did you mean {names[close[0]]!r}?" if close else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A sign of life at least every `every_s`, give or take `grace_s`. It says that something runs, and no more."""

    every_s: float
    grace_s: float = 60.0

    def __post_init__(self) -> None:
        if not EVERY_S_MIN <= self.every_s <= EVERY_S_MAX or self.grace_s < 0:
            raise ValueError("expected `every` from 1 s to 366 d and `grace` not negative")
