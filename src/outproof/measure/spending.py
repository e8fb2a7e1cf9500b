"""By what facts a cost may be taken apart, and the times it is asked for: words in, instants out."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from outproof.core.time import Instant, instant_from_rfc3339
from outproof.measure.rate_book import midnight


class By(StrEnum):
    """One line each of these; `model` is the one that answered, else the one that was asked for. Days are UTC."""

    MODEL = "model"
    DAY = "day"
    SERVICE = "service"
    PROVIDER = "provider"
    TIER = "service_tier"
    TEMPLATE = "template_id"
    SEGMENT = "segment"
    AGENT = "agent"
    STEP = "step"
    DEPLOY = "deploy"
    ENVIRONMENT = "environment"


def month(text: str) -> tuple[Instant, Instant]:
    """The calendar month [start, end) in UTC that a text such as `2026-10` names.

    Raises:
        ValueError: it names none.
    """
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise ValueError(f"expected a month such as 2026-10, got {text[:40]!r}") from error
    return midnight(first), midnight((first + timedelta(days=31)).replace(day=1))


def moment(text: str) -> Instant:
    """The start of a day such as `2026-10-01`, UTC, or a time with its offset.

    Raises:
        ValueError: it is neither.
    """
    try:
        return midnight(date.fromisoformat(text)) if len(text) == len("2026-10-01") else instant_from_rfc3339(text)
    except ValueError as error:
        raise ValueError(f"expected a day such as 2026-10-01 or a time with its offset, got {text[:40]!r}") from error
