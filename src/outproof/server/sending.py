"""Who wrote a request down, as our SDK says in a header: a request in; the sender, or None, out."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from outproof.contract.statement import SENDER_HEADER, sender_of


def _sender(request: Request[Any, Any, Any]) -> str | None:
    return sender_of(request.headers.get(SENDER_HEADER))


SENDING = {"sender": Provide(_sender, sync_to_thread=False)}
Sender = NamedDependency[SkipValidation[str | None]]
