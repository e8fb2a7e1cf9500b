"""Instants and durations: RFC 3339 text and written durations in, whole nanoseconds and float seconds out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import NewType

Instant = NewType("Instant", int)
"""A point in time: whole nanoseconds since 1970-01-01T00:00:00Z. Server time unless the name says otherwise."""

NANOS_PER_S = 1_000_000_000

NEVER = Instant(2**63 - 1)
"""Later than every instant that happens."""

_DURATION = re.compile(r"(?P<amount>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h|d|w)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_UNITS_WRITTEN = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def after(instant: Instant, seconds: float) -> Instant:
    """The instant `seconds` later; earlier when negative."""
    return Instant(instant + round(seconds * NANOS_PER_S))


def seconds_between(since: Instant, until: Instant) -> float:
    """Seconds from `since` to `until`; negative when `until` is earlier."""
    return (until - since) / NANOS_PER_S


def rfc3339(instant: Instant) -> str:
    """The instant as RFC 3339 text in UTC with microseconds, e.g. `2026-11-21T03:00:00.000000Z`."""
    whole_s, nanos = divmod(instant, NANOS_PER_S)
    return f"{datetime.fromtimestamp(whole_s, UTC):%Y-%m-%dT%H:%M:%S}.{nanos // 1_000:06d}Z"


def instant_from_rfc3339(text: str) -> Instant:
    """The instant an RFC 3339 text names; it must carry its offset, because a local time names no instant.

    Raises:
        ValueError: the text is not RFC 3339 or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with its offset, such as 2026-11-21T03:00:00Z, got {text!r}")
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    micros = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
    return Instant(micros * 1_000)


def duration_s(text: str) -> float:
    """Seconds in a written duration: a number and one of ms, s, m, h, d, w; parts may follow each other (`1h30m`).

    Raises:
        ValueError: the text is not such a duration.
    """
    parts = list(_DURATION.finditer(text))
    if not parts or "".join(part.group() for part in parts) != text:
        raise ValueError(f"expected a duration such as 500ms, 20s, 5m, 3h, 7d or 1h30m, got {text!r}")
    return sum(float(part["amount"]) * _UNIT_S[part["unit"]] for part in parts)


def duration_written(seconds: float) -> str:
    """A duration as it is written in a file: `90s` is `1m30s`, half a second is `500ms`."""
    if seconds != int(seconds):
        millis = seconds * 1_000
        return f"{millis:.0f}ms" if millis == int(millis) else f"{Decimal(repr(seconds)):f}s"
    left, parts = int(seconds), ""
    for unit, unit_s in _UNITS_WRITTEN:
        amount, left = divmod(left, unit_s)
        if amount:
            parts += f"{amount}{unit}"
    return parts or "0s"


def duration_text(seconds: float) -> str:
    """A duration as a person says it, with at most two units: `340 ms`, `1.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d`."""
    millis = round(seconds * 1_000)
    if millis < 1_000:
        return f"{millis} ms"
    tenths = round(seconds, 1)
    if tenths < 60:
        return f"{tenths:g} s"
    whole_s = round(seconds)
    parts = []
    for unit_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        amount, whole_s = divmod(whole_s, unit_s)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:2])
