"""What surrounds the calling code: the answer or step it is in, and its trace: ours, else that of OpenTelemetry."""

from __future__ import annotations

import sys
from contextvars import ContextVar, Token
from typing import Any

from outproof.sdk.guard import never_raises, nothing

Place = tuple[int, int]
"""A trace id and a span id, as integers."""

Here = tuple[int, int, Any]
"""A place, and the answer that it belongs to; None: it belongs to none."""

_current: ContextVar[Here | None] = ContextVar("outproof_place", default=None)


def surroundings() -> Place | None:
    """The answer, step or span that is current here; None outside of any."""
    here = _current.get()
    if here is not None:
        return here[:2]
    # OpenTelemetry is looked up, never imported: who doesn't use it doesn't pay for it.
    return _opentelemetry_place() if "opentelemetry.trace" in sys.modules else None


def answer_here() -> Any:
    """The answer that the calling code is in, also from within its steps; None outside of any."""
    here = _current.get()
    return None if here is None else here[2]


enter = _current.set
"""Make a place current; gives the token to `leave` it by."""


def leave(token: Token[Here | None]) -> None:
    """Make the place before `enter` current again."""
    try:  # noqa: SIM105  # suppress() costs more than everything else here, on the hot path
        _current.reset(token)
    except ValueError:
        pass  # a generator may be closed in another context than it was opened in; there is nothing to restore there


@never_raises(nothing)
def _opentelemetry_place() -> Place | None:
    context = sys.modules["opentelemetry.trace"].get_current_span().get_span_context()
    return (context.trace_id, context.span_id) if context.is_valid else None
