"""A half-open range of event time as a request names it: the last minutes, or a start and an end."""

from __future__ import annotations

from litestar.exceptions import ValidationException

from outproof.core.time import Instant, after, instant_from_rfc3339, rfc3339

MINUTES_MAX = 31 * 24 * 60


def time_range(now: Instant, minutes: int, start: str | None, end: str | None) -> tuple[Instant, Instant]:
    """[start, end); what is not named is taken from `minutes` before the end, and the end is now.

    Raises:
        ValidationException: it is none, or longer than `MINUTES_MAX`.
    """
    if not 1 <= minutes <= MINUTES_MAX:
        raise ValidationException(f"expected minutes from 1 to {MINUTES_MAX}, got {minutes}")
    try:
        until = instant_from_rfc3339(end) if end else now
        since = instant_from_rfc3339(start) if start else after(until, -60.0 * minutes)
    except ValueError as error:
        raise ValidationException(str(error)) from error
    if since >= until:
        raise ValidationException(f"expected a start before the end, got {rfc3339(since)} and {rfc3339(until)}")
    if since < 0 or until - since > MINUTES_MAX * 60 * 10**9:
        raise ValidationException(f"expected a range of at most {MINUTES_MAX} minutes, got {rfc3339(since)} on")
    return since, until
