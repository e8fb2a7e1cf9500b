"""Errors into answers: what went wrong, in, a status and a sentence out. Here alone the server catches all."""

from __future__ import annotations

import traceback
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from outproof.core.errors import Permanent, Transient
from outproof.server.access import Refused

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong. `message` says what was expected, what came and what to do next; `details` where."""

    code: int
    message: str
    details: list[str]


Anyone = Request[Any, Any, Any]


def transient(_: Anyone, error: Transient) -> Response[Failure]:
    """503: the same request may succeed later."""
    return _answer(503, str(error), headers={"Retry-After": str(error.retry_after_s)})


def permanent(_: Anyone, error: Permanent) -> Response[Failure]:
    """400: the request must be changed first."""
    return _answer(400, str(error))


def http(_: Anyone, error: HTTPException) -> Response[Failure]:
    """What the framework found wrong with the request; a bad body is 422, with the path to the field."""
    extra = error.extra if isinstance(error.extra, list) else []
    details = [
        f"{item.get('key', '')}: {item.get('message', '')}".lstrip(": ") for item in extra if isinstance(item, dict)
    ]
    in_body = error.status_code == 400 and any(isinstance(i, dict) and i.get("source") == "body" for i in extra)
    return _answer(422 if in_body else error.status_code, error.detail, details, headers=error.headers)


def refused(_: Anyone, error: Refused) -> Response[Failure]:
    """401, 403 or 421: who asks may not."""
    return _answer(error.status, str(error))


def anything(request: Anyone, error: Exception) -> Response[Failure]:
    """503 for a bug of ours: clients drop what they are told 500 for, and the next version may take it."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:]))
    path = request.url.path
    if not path.startswith("/v1/"):
        path = "/".join(path.split("/")[:2])  # the rest of a ping's is a secret
    _log.error("request_crashed", path=path, error=type(error).__name__, trace=where)
    return _answer(
        503, "something is wrong with the server, not with the request: its log says what", headers={"Retry-After": "5"}
    )


def _answer(
    status: int, message: str, details: list[str] | None = None, *, headers: dict[str, str] | None = None
) -> Response[Failure]:
    return Response(Failure(status, message, details or []), status_code=status, headers=headers)


HANDLERS: MutableMapping[int | type[Exception], Callable[[Anyone, Any], Response[Any]]] = {
    Refused: refused,
    Transient: transient,
    Permanent: permanent,
    HTTPException: http,
    Exception: anything,
}
