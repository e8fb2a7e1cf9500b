"""The audit log over REST: who did what, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from outproof.core.time import rfc3339
from outproof.respond.audit import Verb
from outproof.server import given

LIMIT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who did what to what. `detail` is empty where there is none."""

    at: str
    actor: str
    verb: Verb
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Newest first."""

    entries: list[AuditLine]


@get("/v1/audit", sync_to_thread=True)
def list_audit(store: given.Store, limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 100) -> AuditLog:
    """Who did what: actions, incidents closed by hand, what was declared, packets that were exported."""
    with store.look() as tx:
        entries = tx.audit.newest(limit)
    return AuditLog([AuditLine(rfc3339(each.at), each.actor, each.verb, each.subject, each.detail) for each in entries])


HANDLERS = [list_audit]
