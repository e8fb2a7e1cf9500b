"""What arrived and was not believed: why, how often, whose, and samples of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import get
from litestar.exceptions import ValidationException
from litestar.params import FromQuery, QueryParameter

from outproof.contract.answer import Quarantine as Reason
from outproof.core.time import NEVER, rfc3339
from outproof.server import given
from outproof.server.time_range import MINUTES_MAX, time_range
from outproof.server.trace_views import DETAIL

LIMIT_MAX = 500
_LAST_SPAN = 2**64 - 1
_REMEDY = {
    "ends_before_start": "Have the host's clock slewed, not stepped, and take durations from a monotonic clock.",
    "first_token_after_end": "Take both times from one monotonic clock, and end the span when the stream has ended.",
    "cached_exceeds_input": "Report input with its cached tokens, or upgrade to an instrumentation that does.",
    "reasoning_exceeds_output": "Report output with its reasoning tokens, as the provider bills them.",
    "negative_tokens": "Leave out a count that is not known; a placeholder such as -1 is not unknown.",
}


@dataclass(frozen=True, slots=True)
class QuarantineField:
    key: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineEntry:
    """Facts of one span that contradict each other, as they came."""

    at: str
    service: str
    reason: str
    detail: str
    trace_id: str
    span_id: str
    fields: list[QuarantineField]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineReason:
    """One reason, how many spans it struck in the range, and what to do about it. Services: the ten most frequent."""

    reason: str
    detail: str
    remedy: str
    spans: int
    first_at: str
    last_at: str
    services: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineList:
    """Reasons of [start, end), the most frequent first; and spans, the newest first. `next`: the page after."""

    start: str
    end: str
    reasons: list[QuarantineReason]
    quarantine: list[QuarantineEntry]
    next: str | None


@get("/v1/quarantine", sync_to_thread=True)
def quarantine(
    traces: given.Traces,
    clock: given.Clock,
    reason: FromQuery[Reason | None] = None,
    service: FromQuery[str] = "",
    minutes: FromQuery[int] = MINUTES_MAX,
    after: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 50,
) -> QuarantineList:
    """What was set aside because it contradicts itself: reasons with what to do, and the newest spans as samples."""
    since, until = time_range(clock.now(), minutes, None, None)
    seen = _seen(after)
    rows = traces.set_aside(
        since, until, reason=reason.value if reason else "", service=service, after=seen, limit=limit + 1
    )
    reasons = traces.set_aside_reasons(since, until)
    return QuarantineList(
        start=rfc3339(since),
        end=rfc3339(until),
        reasons=[_reason(row) for row in reasons],
        quarantine=[_entry(row) for row in rows[:limit]],
        next=_next(rows[limit - 1]) if len(rows) > limit else None,
    )


def _reason(row: dict[str, Any]) -> QuarantineReason:
    return QuarantineReason(
        reason=row["reason"],
        detail=DETAIL.get(row["reason"], ""),
        remedy=_REMEDY.get(row["reason"], ""),
        spans=row["spans"],
        first_at=rfc3339(row["first_at"]),
        last_at=rfc3339(row["last_at"]),
        services=list(row["services"]),
    )


def _entry(row: dict[str, Any]) -> QuarantineEntry:
    return QuarantineEntry(
        at=rfc3339(row["at"]),
        service=row["service"],
        reason=row["reason"],
        detail=DETAIL.get(row["reason"], ""),
        trace_id=row["trace"],
        span_id=f"{row['span_id']:016x}",
        fields=[QuarantineField(key, value) for key, value in row["facts"].items()],
    )


def _next(row: dict[str, Any]) -> str:
    return f"{row['at']}-{row['span_id']:016x}-{row['reason']}"


def _seen(text: str) -> tuple[int, int, str]:
    """The place of the last entry that was seen: its time, its span and its reason."""
    if not text:
        return NEVER, _LAST_SPAN, ""
    at, span, reason = [*text.split("-"), "", ""][:3]
    if not at.isdecimal() or len(at) > 18 + 1 or len(span) != 16 or reason not in set(Reason):
        raise ValidationException(f"expected `after` to be the `next` of the page before, got {text[:80]!r}")
    try:
        return int(at), int(span, 16), reason
    except ValueError as error:
        raise ValidationException(str(error)) from error


HANDLERS = [quarantine]
