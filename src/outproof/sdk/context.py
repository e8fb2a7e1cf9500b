"""The trace that surrounds the calling code: ours, else that of OpenTelemetry where the application runs it."""

from __future__ import annotations

import sys
from contextvars import ContextVar, Token

from outproof.sdk.guard import never_raises, nothing

Place = tuple[int, int]
"""A trace id and a span id, as integers."""

_current: ContextVar[Place | None] = ContextVar("outproof_place", default=None)


def surroundings() -> Place | None:
    """The answer or span that is current here; None outside of any."""
    place = _current.get()
    # OpenTelemetry is looked up, never imported: who doesn't use it doesn't pay for it.
    if place is None and "opentelemetry.trace" in sys.modules:
        return _opentelemetry_place()
    return place


enter = _current.set
"""Make a place current; gives the token to `leave` it by."""


def leave(token: Token[Place | None]) -> None:
    """Make the place before `enter` current again."""
    try:  # noqa: SIM105  # suppress() costs more than everything else here, on the hot path
        _current.reset(token)
    except ValueError:
        pass  # a generator may be closed in another context than it was opened in; there is nothing to restore there


@never_raises(nothing)
def _opentelemetry_place() -> Place | None:
    context = sys.modules["opentelemetry.trace"].get_current_span().get_span_context()
    return (context.trace_id, context.span_id) if context.is_valid else None
