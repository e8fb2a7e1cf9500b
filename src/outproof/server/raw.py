"""Raw access over REST: grants, and what was recorded under them. Needs an admin key; every use is on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath, JSONBody

from outproof.contract.raw import RawGrant
from outproof.core.time import duration_s, rfc3339
from outproof.engine.raw import NotGranted
from outproof.respond.notification import plain
from outproof.scrub.text import preview
from outproof.server import given

BY_CHARS_MAX, REASON_CHARS_MAX, REASON_CHARS_MIN = 100, 500, 10
READ_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """Who asks to see raw contents, why, and for how long, such as 1h."""

    by: str
    reason: str
    lasts: str = "1h"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawGrantView:
    """Leave to record and read raw contents. `revoked_at` null: nobody ended it before its time."""

    id: str
    by: str
    reason: str
    made_at: str
    expires_at: str
    revoked_at: str | None
    contents: int


@dataclass(frozen=True, slots=True)
class RawGrants:
    """The newest first. Those that are over and erased are only in the audit log."""

    grants: list[RawGrantView]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReading:
    """Who reads, from which number on and how many."""

    by: str
    after: int = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=READ_MAX)] = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RawContentView:
    """One attribute of a span, as it came."""

    number: int
    trace_id: str
    span_id: str
    name: str
    text: str
    at: str


@dataclass(frozen=True, slots=True)
class RawContentsView:
    """In the order of their coming."""

    contents: list[RawContentView]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEnding:
    """Who ends a grant."""

    by: str


@dataclass(frozen=True, slots=True)
class RawEnded:
    """How many contents were erased."""

    erased: int


@post("/v1/raw/grants", status_code=201, sync_to_thread=True)
def grant_raw(data: JSONBody[RawRequest], raw: given.Raw) -> RawGrantView:
    """Record contents from now on, to be read: {by, reason, lasts}. Only where the project's files allow it."""
    reason = plain(preview(data.reason, chars_max=REASON_CHARS_MAX), REASON_CHARS_MAX)
    if len(reason) < REASON_CHARS_MIN:
        raise ClientException(f"expected a reason of {REASON_CHARS_MIN} characters or more: it stays on record")
    try:
        return _view(raw.grant(_by(data.by), reason, duration_s(data.lasts)))
    except ValueError as error:
        raise ClientException(str(error)) from error
    except NotGranted as error:
        raise ClientException(str(error), status_code=403) from error


@get("/v1/raw/grants", sync_to_thread=True)
def list_raw_grants(raw: given.Raw) -> RawGrants:
    """Who may see raw contents now, why and until when."""
    return RawGrants([_view(grant) for grant in raw.grants()])


@post("/v1/raw/grants/{grant:str}/read", status_code=200, sync_to_thread=True)
def read_raw(grant: FromPath[str], data: JSONBody[RawReading], raw: given.Raw) -> RawContentsView:
    """What was recorded under a live grant: {by, after, limit}. A POST, because it puts on record who read."""
    try:
        found = raw.read(_by(data.by), grant, data.after, data.limit)
    except NotGranted as error:
        raise ClientException(str(error), status_code=403) from error
    return RawContentsView(
        [
            RawContentView(
                number=number,
                trace_id=content.trace_id.hex(),
                span_id=content.span_id.hex(),
                name=content.name,
                text=content.text,
                at=rfc3339(content.at),
            )
            for number, content in found
        ]
    )


@post("/v1/raw/grants/{grant:str}/revoke", status_code=200, sync_to_thread=True)
def revoke_raw(grant: FromPath[str], data: JSONBody[RawEnding], raw: given.Raw) -> RawEnded:
    """End a grant now and erase what was recorded under it: {by}."""
    try:
        return RawEnded(raw.revoke(_by(data.by), grant))
    except NotGranted as error:
        raise ClientException(str(error), status_code=409) from error


def _by(text: str) -> str:
    return plain(text, BY_CHARS_MAX) or "somebody"


def _view(grant: RawGrant) -> RawGrantView:
    return RawGrantView(
        id=grant.id,
        by=grant.by,
        reason=grant.reason,
        made_at=rfc3339(grant.made_at),
        expires_at=rfc3339(grant.expires_at),
        revoked_at=None if grant.revoked_at is None else rfc3339(grant.revoked_at),
        contents=grant.contents,
    )


HANDLERS = [grant_raw, list_raw_grants, read_raw, revoke_raw]
