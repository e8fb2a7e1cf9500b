"""Hours of the week by the clocks of a place: whether it is such an hour, and when that changes."""

from typing import Any

import pytest

from outproof.contract.severity import Severity
from outproof.core.time import Instant, instant_from_rfc3339
from outproof.respond.quiet_hours import Hours, QuietHours, Weekday, quiet
from outproof.respond.suppression import SuppressionKind

BERLIN_NIGHT = Hours(from_="22:00", until="07:00", zone="Europe/Berlin")
OFFICE = Hours(days=tuple(Weekday)[:5], from_="09:00", until="18:00", zone="America/New_York")


def at(text: str) -> Instant:
    return instant_from_rfc3339(text)


@pytest.mark.parametrize(
    ("text", "is_in"),
    [
        ("2026-11-21T21:59:59+01:00", False),
        ("2026-11-21T22:00:00+01:00", True),
        ("2026-11-22T00:00:00+01:00", True),
        ("2026-11-22T06:59:59+01:00", True),
        ("2026-11-22T07:00:00+01:00", False),
        ("2026-07-21T22:00:00+02:00", True),
        ("2026-07-21T21:59:00+02:00", False),
    ],
)
def test_a_span_over_midnight_is_open_at_its_end_and_goes_by_the_clocks_of_its_zone(text: str, is_in: bool) -> None:
    assert BERLIN_NIGHT.contains(at(text)) is is_in


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Hours(days=(Weekday.FRI,), from_="22:00", until="07:00", zone="UTC")
    assert friday_night.contains(at("2026-11-20T23:00:00Z"))
    assert friday_night.contains(at("2026-11-21T06:00:00Z"))
    assert not friday_night.contains(at("2026-11-20T06:00:00Z"))
    assert not friday_night.contains(at("2026-11-21T23:00:00Z"))


def test_office_hours_are_not_on_the_weekend() -> None:
    assert OFFICE.contains(at("2026-11-20T14:00:00Z"))
    assert not OFFICE.contains(at("2026-11-20T13:59:00Z"))
    assert not OFFICE.contains(at("2026-11-21T15:00:00Z"))


@pytest.mark.parametrize(
    ("text", "changes_at"),
    [
        ("2026-11-21T23:30:00+01:00", "2026-11-22T07:00:00+01:00"),
        ("2026-11-22T12:00:00+01:00", "2026-11-22T22:00:00+01:00"),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),
        ("2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),
    ],
)
def test_when_it_ends_is_known_also_over_a_change_of_the_clocks(text: str, changes_at: str) -> None:
    assert BERLIN_NIGHT.changes_at(at(text)) == at(changes_at)


def test_whole_days_that_follow_each_other_end_with_the_last() -> None:
    weekend = Hours(days=(Weekday.SAT, Weekday.SUN))
    assert weekend.changes_at(at("2026-11-21T10:00:00Z")) == at("2026-11-23T00:00:00Z")
    assert Hours().changes_at(at("2026-11-21T10:00:00Z")) is None


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"from_": "7:00"}, "expected a time of day such as 07:30, got '7:00'"),
        ({"until": "24:30"}, "expected a time of day"),
        ({"from_": "07:00", "until": "07:00"}, "expected `until` at another time than `from`"),
        ({"zone": "Berlin"}, "expected a time zone such as Europe/Berlin, got 'Berlin'"),
        ({"days": ()}, "expected at least one of the days"),
    ],
)
def test_what_cannot_be_meant_is_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Hours(**said)


def test_quiet_hours_hold_back_only_the_severities_that_they_name_and_say_until_when() -> None:
    night = QuietHours(severities=(Severity.WARNING,), from_="22:00", until="07:00", zone="Europe/Berlin")
    now = at("2026-11-21T23:00:00+01:00")
    held = quiet((night,), Severity.WARNING, now)
    assert held is not None
    assert (held.kind, held.until) == (SuppressionKind.QUIET_HOURS, at("2026-11-22T07:00:00+01:00"))
    assert held.reason == "quiet hours of warning, 22:00 to 07:00 Europe/Berlin"
    assert quiet((night,), Severity.CRITICAL, now) is None
    assert quiet((night,), Severity.WARNING, at("2026-11-21T12:00:00+01:00")) is None


def test_quiet_hours_of_no_severity_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one of the severities"):
        QuietHours(severities=())
