"""Hours of the week in a place: days, two times of day and a zone in; whether it is such an hour now, and until when.

A span that ends before it begins goes over midnight and belongs to the day on which it begins. Clocks decide, so a day
on which they are changed has an hour less or more of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from outproof.contract.severity import Severity
from outproof.core.time import NANOS_PER_S, Instant
from outproof.respond.suppression import Suppression, SuppressionKind

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY_MINUTES = 24 * 60
_AHEAD_DAYS = 8


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEK = tuple(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """From one time of day until another, on some days, by the clocks of a zone. Without times: the whole day."""

    days: tuple[Weekday, ...] = _WEEK
    from_: str = "00:00"
    until: str = "24:00"
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("expected at least one of the days mon, tue, wed, thu, fri, sat and sun")
        if _minutes(self.from_) == _minutes(self.until):
            raise ValueError(f"expected `until` at another time than `from`, got {self.until!r}")
        try:
            ZoneInfo(self.zone)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"expected a time zone such as Europe/Berlin, got {self.zone!r}") from error

    def __str__(self) -> str:
        every = "" if len(set(self.days)) == len(_WEEK) else f"{', '.join(self.days)} "
        return f"{every}{self.from_} to {self.until} {self.zone}"

    def contains(self, now: Instant) -> bool:
        """Whether it is such an hour; the end is open."""
        local = _local(now, self.zone)
        minute = 60 * local.hour + local.minute
        begins, ends = _minutes(self.from_), _minutes(self.until)
        today, yesterday = self._is_on(local.date()), self._is_on(local.date() - timedelta(days=1))
        if begins < ends:
            return today and begins <= minute < ends
        return (today and minute >= begins) or (yesterday and minute < ends)

    def changes_at(self, now: Instant) -> Instant | None:
        """When it next begins or ends; None: it never does."""
        local = _local(now, self.zone)
        days = [local.date() + timedelta(days=ahead) for ahead in range(_AHEAD_DAYS + 1)]
        edges = sorted({_instant(day, text, self.zone) for day in days for text in (self.from_, self.until)})
        is_in = self.contains(now)
        return next((edge for edge in edges if edge > now and self.contains(edge) is not is_in), None)

    def _is_on(self, day: date) -> bool:
        return _WEEK[day.weekday()] in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours(Hours):
    """Hours in which nobody is told of incidents of some severities; what is open when they end is told then."""

    severities: tuple[Severity, ...]

    def __post_init__(self) -> None:
        Hours.__post_init__(self)  # a dataclass with slots is another class than the one `super` would look up
        if not self.severities:
            raise ValueError("expected at least one of the severities critical, warning and info")


def quiet(hours: Iterable[QuietHours], severity: Severity, now: Instant) -> Suppression | None:
    """What holds back notices of a severity at this time of day; None: nothing does."""
    for each in hours:
        if severity in each.severities and each.contains(now):
            reason = f"quiet hours of {severity}, {each}"
            return Suppression(SuppressionKind.QUIET_HOURS, str(each), reason, each.changes_at(now))
    return None


def _minutes(text: str) -> int:
    if text == "24:00":
        return _DAY_MINUTES
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"expected a time of day such as 07:30, got {text!r}")
    return 60 * int(found[1]) + int(found[2])


def _local(now: Instant, zone: str) -> datetime:
    return datetime.fromtimestamp(now // NANOS_PER_S, UTC).astimezone(ZoneInfo(zone))


def _instant(day: date, text: str, zone: str) -> Instant:
    days, minute = divmod(_minutes(text), _DAY_MINUTES)
    at = time(minute // 60, minute % 60, tzinfo=ZoneInfo(zone))
    return Instant(round(datetime.combine(day + timedelta(days=days), at).timestamp()) * NANOS_PER_S)
