"""Schedules as others write them: cron lines, intervals in words and systemd's OnCalendar in; ours out."""

from __future__ import annotations

import re

from outproof.contract.schedule import Schedule

_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_INTERVAL = re.compile(
    r"(?:every\s+)?(?P<amount>\d{1,9}(?:\.\d{1,9})?)?\s*"
    r"(?P<unit>s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)?",
    re.IGNORECASE,
)
_SHORT = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_CALENDAR_SHORT = {
    "minutely": "* * * * *",
    "hourly": "0 * * * *",
    "daily": "0 0 * * *",
    "weekly": "0 0 * * 1",
    "monthly": "0 0 1 * *",
    "quarterly": "0 0 1 1,4,7,10 *",
    "semiannually": "0 0 1 1,7 *",
    "yearly": "0 0 1 1 *",
    "annually": "0 0 1 1 *",
}
_DATE = re.compile(r"(?:\*-)?(?P<month>[0-9*,./]+)-(?P<day>[0-9*,./]+)")
_TIME = re.compile(r"(?P<hour>[0-9*,./]+):(?P<minute>[0-9*,./]+)(?::0{1,2})?")
_PART = re.compile(r"(?P<first>\*|\d{1,2})(?:\.\.(?P<last>\d{1,2}))?(?:/(?P<step>\d{1,2}))?")
_WEEKDAYS = {name: number for number, name in enumerate("mon tue wed thu fri sat sun".split(), 1)}

_SKIPPED = (
    "an instant that a clock change skips moves to the next valid one, and systemd leaves it out; "
    "one that it repeats happens once, as there"
)


def interval_s(text: str) -> float | None:
    """Seconds in an interval such as `every 5 minutes`, `every hour`, `2 min` or `90`; None: it is none."""
    match = _INTERVAL.fullmatch(text.strip())
    if match is None or not (match["amount"] or match["unit"]):
        return None
    if match["unit"] is None and text.strip().lower().startswith("every"):
        return None
    return float(match["amount"] or 1) * _UNIT_S[(match["unit"] or "s")[0].lower()]


def schedule_of(text: str, tz: str, grace_s: float) -> tuple[Schedule, list[str]]:
    """A schedule in our words, and what differs.

    Raises:
        ValueError: it cannot be said in our words.
    """
    every_s = interval_s(text) if text.lower().startswith("every") else None
    if every_s is not None:
        return Schedule(every_s=every_s, grace_s=grace_s), []
    cron = _SHORT.get(text.lower(), text)
    if len(cron.split()) == 5:
        return Schedule(cron=cron, tz=tz, grace_s=grace_s), []
    cron, zone = cron_of_calendar(text)
    return Schedule(cron=cron, tz=zone or tz, grace_s=grace_s), [_SKIPPED]


def cron_of_calendar(text: str) -> tuple[str, str | None]:
    """An OnCalendar expression as a cron line, and the time zone it names.

    Raises:
        ValueError: a cron line cannot say that.
    """
    words = text.split()
    zone = words.pop() if len(words) > 1 and re.fullmatch(r"UTC|[A-Z][A-Za-z_]+/[A-Za-z_/+-]+", words[-1]) else None
    if len(words) == 1 and words[0].lower() in _CALENDAR_SHORT:
        return _CALENDAR_SHORT[words[0].lower()], zone
    unsaid = ValueError(f"expected a schedule that a cron line can say, got {text!r}: declare one by hand")
    date = time = weekday = None
    for word in words:
        if time is None and (found := _TIME.fullmatch(word)) is not None:
            time = found
        elif date is None and (found := _DATE.fullmatch(word)) is not None:
            date = found
        elif word is words[0]:
            weekday = _weekdays(word, unsaid)
        else:
            raise unsaid  # two of a kind are two schedules
    month, day = (_field(date["month"], 12, unsaid), _field(date["day"], 31, unsaid)) if date else ("*", "*")
    hour, minute = (_field(time["hour"], 23, unsaid), _field(time["minute"], 59, unsaid)) if time else ("0", "0")
    if not words or (weekday is not None and day != "*"):
        raise unsaid  # cron would take either of the two, systemd wants both
    return f"{minute} {hour} {day} {month} {weekday or '*'}", zone


def _field(text: str, most: int, unsaid: ValueError) -> str:
    """`0/15` as `0-59/15`, `1..5` as `1-5`."""
    parts = []
    for written in text.split(","):
        part = _PART.fullmatch(written)
        if part is None:
            raise unsaid
        first = part["first"] if part["first"] == "*" else str(int(part["first"]))
        step = f"/{int(part['step'])}" if part["step"] else ""
        last = f"-{int(part['last'])}" if part["last"] else (f"-{most}" if step and first != "*" else "")
        parts.append(f"{first}{last}{step}")
    return ",".join(parts)


def _weekdays(text: str, unsaid: ValueError) -> str:
    parts = []
    for written in text.lower().split(","):
        first, _, last = written.partition("..")
        numbers = [_WEEKDAYS.get(name[:3]) for name in (first, last) if name]
        if not numbers or None in numbers:
            raise unsaid
        parts.append("-".join(str(number) for number in numbers))
    return ",".join(parts)
