"""Windows and series of services, as the API shows them."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import get
from litestar.exceptions import ValidationException
from litestar.params import FromPath, FromQuery

from outproof.core.time import NANOS_PER_S, Instant, after, rfc3339
from outproof.measure.comparison import comparison
from outproof.measure.dimension import Dimension
from outproof.measure.minutes import minute_of, minute_start
from outproof.server.given import Clock
from outproof.server.given import Windows as EventWindows
from outproof.server.time_range import time_range
from outproof.server.window_views import Changes, GroupedWindows, Window, changes_view, groups_view, window_view

DAYS_MAX = 366
_POINTS = 60
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    last_seen_at: str
    answers: int
    calls: int


@dataclass(frozen=True, slots=True)
class Services:
    """Services seen in the last 24 hours."""

    services: list[Service]


@dataclass(frozen=True, slots=True)
class Point:
    start: str
    answers: int
    calls: int
    unsafe: int | None
    abstentions: int | None
    ttft_p95_s: float | None
    cost_nano_usd: int | None


@dataclass(frozen=True, slots=True)
class Series:
    start: str
    end: str
    step_s: int
    points: list[Point]


@get("/v1/services", sync_to_thread=True)
def services(windows: EventWindows, clock: Clock) -> Services:
    """Services seen in the last 24 hours."""
    found = windows.services(after(clock.now(), -86_400))
    return Services([Service(row["name"], rfc3339(row["last_seen_at"]), row["answers"], row["calls"]) for row in found])


@get("/v1/services/{name:str}/window", sync_to_thread=True)
def window(
    name: FromPath[str],
    windows: EventWindows,
    clock: Clock,
    minutes: FromQuery[int] = 60,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
    where: FromQuery[list[str] | None] = None,
) -> Window:
    """The measures of one service over the last minutes, or over [start, end)."""
    since, until = time_range(clock.now(), minutes, start, end)
    asked = {**_where(where), Dimension.SERVICE: name}
    return window_view(windows.window(asked, since, until), windows.templates(asked, since, until))


@get("/v1/window", sync_to_thread=True)
def any_window(
    windows: EventWindows,
    clock: Clock,
    minutes: FromQuery[int] = 60,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
    where: FromQuery[list[str] | None] = None,
) -> Window:
    """The measures of the traffic with these facts, each as `name=value`; `name=` is what does not say."""
    since, until = time_range(clock.now(), minutes, start, end)
    asked = _where(where)
    return window_view(windows.window(asked, since, until), windows.templates(asked, since, until))


@get("/v1/windows/{by:str}", sync_to_thread=True)
def grouped_windows(
    by: FromPath[str],
    windows: EventWindows,
    clock: Clock,
    minutes: FromQuery[int] = 60,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
    where: FromQuery[list[str] | None] = None,
) -> GroupedWindows:
    """A window cut by a dimension, such as `template_id`, `model` or `deploy`."""
    since, until = time_range(clock.now(), minutes, start, end)
    return groups_view(by, windows.groups(_dimension(by), _where(where), since, until))


@get("/v1/window/changes", sync_to_thread=True)
def changes(
    windows: EventWindows,
    clock: Clock,
    minutes: FromQuery[int] = 60,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
    where: FromQuery[list[str] | None] = None,
    days: FromQuery[int] = 7,
) -> Changes:
    """A window against the same one a week before, or as many days before as are asked for."""
    if not 1 <= days <= DAYS_MAX:
        raise ValidationException(f"expected days from 1 to {DAYS_MAX}, got {days}")
    since, until = time_range(clock.now(), minutes, start, end)
    asked, back_s = _where(where), -86_400.0 * days
    now = windows.window(asked, since, until)
    return changes_view(comparison(now, windows.window(asked, after(since, back_s), after(until, back_s))))


@get("/v1/services/{name:str}/series", sync_to_thread=True)
def series(
    name: FromPath[str],
    windows: EventWindows,
    clock: Clock,
    minutes: FromQuery[int] = 60,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
    where: FromQuery[list[str] | None] = None,
) -> Series:
    """The course of a window in about sixty steps. Steps of a minute and more begin on a whole minute."""
    since, until = time_range(clock.now(), minutes, start, end)
    since, step_s = _steps(since, until)
    points = [
        Point(
            start=rfc3339(point.start),
            answers=point.answers,
            calls=point.calls,
            unsafe=point.unsafe,
            abstentions=point.abstentions,
            ttft_p95_s=point.ttft_p95_s,
            cost_nano_usd=point.cost.estimated_nano_usd,
        )
        for point in windows.series({**_where(where), Dimension.SERVICE: name}, since, until, step_s)
    ]
    return Series(rfc3339(since), rfc3339(until), step_s, points)


def _steps(since: Instant, until: Instant) -> tuple[Instant, int]:
    """Where the first step begins, and how long each is."""
    step_s = max(1, round((until - since) / NANOS_PER_S / _POINTS))
    if step_s < _MINUTE_S:
        return since, step_s
    return minute_start(minute_of(since)), round(step_s / _MINUTE_S) * _MINUTE_S


def _dimension(name: str) -> Dimension:
    try:
        return Dimension(name)
    except ValueError:
        known = ", ".join(Dimension)
        raise ValidationException(f"expected one of {known}, got {name!r}") from None


def _where(facts: list[str] | None) -> dict[Dimension, str | None]:
    where: dict[Dimension, str | None] = {}
    for fact in facts or ():
        name, is_given, value = fact.partition("=")
        if not is_given:
            raise ValidationException(f"expected where as name=value, such as template_id=v2, got {fact!r}")
        where[_dimension(name)] = value or None
    return where


HANDLERS = [services, window, any_window, grouped_windows, changes, series]
