"""A daily schedule at every change of every clock in the world over ten years, against the zone's own rules.

The expected instant is worked out from the zone alone: a local time that is skipped moves to the end of the gap, one
that is repeated happens the first time.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo, available_timezones

from outproof.contract.schedule import Schedule
from outproof.core.time import NANOS_PER_S, Instant
from outproof.prove.slots import instants

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = sorted(name for name in available_timezones() if name != "localtime")


def changes(zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which the offset of a zone changes, to the minute."""
    low = FIRST
    while low < LAST:
        high = low + timedelta(days=7)
        before = low.astimezone(zone).utcoffset()
        if high.astimezone(zone).utcoffset() != before:
            early, late = low, high
            while late - early > MINUTE:
                middle = early + (late - early) // MINUTE // 2 * MINUTE
                early, late = (middle, late) if middle.astimezone(zone).utcoffset() == before else (early, middle)
            yield late
            high = late
        low = high


def of_day(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When a local time comes on a local day, in UTC."""
    wanted = datetime.combine(day, at, zone)
    meant = wanted.astimezone(UTC)
    if meant.astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return meant  # the first of two: `fold` is 0
    gap_ends = meant - timedelta(hours=30)
    while gap_ends.astimezone(zone).replace(tzinfo=None) < wanted.replace(tzinfo=None):
        gap_ends += MINUTE
    return gap_ends


def near(change: datetime, zone: ZoneInfo) -> set[time]:
    """Local times before, inside and after a gap or a repeated hour."""
    before, after = ((change + step).astimezone(zone).replace(tzinfo=None) for step in (-MINUTE, timedelta(0)))
    middle = before + (after - before) / 2
    steps = (timedelta(0), MINUTE, timedelta(hours=1), timedelta(hours=-1))
    moments = [moment + step for moment in (before, middle, after) for step in steps]
    return {moment.time().replace(second=0, microsecond=0) for moment in moments}


def expected(change: datetime, at: time, zone: ZoneInfo) -> list[datetime]:
    """The instants of a daily schedule in the three days around a change, each once."""
    first = (change - 2 * DAY).astimezone(zone).date()
    days = [of_day(first + number * DAY, at, zone) for number in range(6)]
    return sorted({moment for moment in days if change - 1.5 * DAY < moment <= change + 1.5 * DAY})


def told(change: datetime, at: time, zone: str) -> list[datetime]:
    since = Instant(int((change - 1.5 * DAY).timestamp()) * NANOS_PER_S)
    until = int((change + 1.5 * DAY).timestamp()) * NANOS_PER_S
    slots = takewhile(
        lambda slot: slot <= until, instants(Schedule(cron=f"{at.minute} {at.hour} * * *", tz=zone), since)
    )
    return [datetime.fromtimestamp(slot // NANOS_PER_S, UTC) for slot in slots]


def shifts(zone: ZoneInfo) -> tuple[tuple[datetime, timedelta | None, timedelta | None], ...]:
    """All that the ten years of a zone differ by from those of another, as far as its changes go."""
    return tuple(
        (change, (change - MINUTE).astimezone(zone).utcoffset(), change.astimezone(zone).utcoffset())
        for change in changes(zone)
    )


def test_a_daily_run_is_expected_once_a_day_whatever_the_clocks_do() -> None:
    zones = {shifts(ZoneInfo(name)): name for name in ZONES}  # many names are of one and the same clock
    checked = 0
    for known, name in zones.items():
        zone = ZoneInfo(name)
        for change, _, _ in known:
            for at in near(change, zone):
                wanted = expected(change, at, zone)
                assert told(change, at, name) == wanted, f"{name}, daily at {at:%H:%M} around {change}"
                checked += 1
    assert checked > 5_000
