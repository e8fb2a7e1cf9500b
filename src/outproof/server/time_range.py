"""A half-open range of event time as a request names it: the last minutes, or a start and an end."""

from __future__ import annotations

from litestar.exceptions import ValidationException

from outproof.core.time import Instant, after, duration_text, instant_from_rfc3339, rfc3339, seconds_between

MINUTES_MAX = 31 * 24 * 60


def time_range(
    now: Instant, minutes: int, start: str | None, end: str | None, *, minutes_max: int = MINUTES_MAX
) -> tuple[Instant, Instant]:
    """[start, end); what is not named is taken from `minutes` before the end, and the end is now.

    Raises:
        ValidationException: it is none, or longer than `minutes_max`.
    """
    longest = duration_text(60.0 * minutes_max)
    if not 1 <= minutes <= minutes_max:
        came = duration_text(60.0 * minutes) if minutes > 0 else f"{minutes} minutes"
        raise ValidationException(f"expected a range from 1 min to {longest}, got {came}")
    try:
        until = instant_from_rfc3339(end) if end else now
        since = instant_from_rfc3339(start) if start else after(until, -60.0 * minutes)
    except ValueError as error:
        raise ValidationException(str(error)) from error
    if since >= until:
        raise ValidationException(f"expected a start before the end, got {rfc3339(since)} and {rfc3339(until)}")
    if since < 0 or until - since > minutes_max * 60 * 10**9:
        came = duration_text(seconds_between(since, until))
        raise ValidationException(f"expected a range of at most {longest}, got {came} from {rfc3339(since)} on")
    return since, until
