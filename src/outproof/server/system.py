"""The server about itself: alive, ready, progress, sign-in, and a stream of what has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody
from litestar.response import ServerSentEvent, ServerSentEventMessage

from outproof.core.time import Instant, duration_text, rfc3339, seconds_between
from outproof.core.version import VERSION
from outproof.decide.stalled import GONE_S
from outproof.ports import ServerState
from outproof.server import health as health_of
from outproof.server.access import COOKIE, Refused
from outproof.server.given import Access, Changes, Clock, Health, InForce, Reloader, Store

_LOOK_EVERY_S = 0.25
_COMMENT_EVERY_S = 15.0
_SESSION_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Readiness:
    """`reasons` says what keeps the server from its work, `notes` what its operator should know beside that."""

    ready: bool
    reasons: list[str]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    signal: str
    outcome: str
    reason: str | None
    count: int


@dataclass(frozen=True, slots=True)
class RemovedPromise:
    """A promise that is no longer declared, but has open incidents: close them, or declare it again."""

    promise: str
    open_incidents: int


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is in force. `error` is why the files as they are now are not; `needs_restart` are sections that wait."""

    loaded_at: str
    error: str | None
    needs_restart: list[str]
    removed: list[RemovedPromise]


@dataclass(frozen=True, slots=True)
class OtherServer:
    """A server that shares this state, as of when it last wrote. `troubles` are what is wrong with it, in sentences."""

    name: str
    seen_at: str
    troubles: list[str]


@dataclass(frozen=True, slots=True)
class Status:
    """`components` are those of the server that answers, which is called `server`."""

    version: str
    server: str
    started_at: str
    open: bool
    configuration: Configuration
    components: list[health_of.Component]
    others: list[OtherServer]
    ledger: list[LedgerLine]


@dataclass(frozen=True, slots=True)
class Session:
    """`open`: no key is needed. `signed_in`: this browser may read."""

    open: bool
    signed_in: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    key: str


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """The process runs and answers. Whether it can work is /readyz."""
    return {"status": "alive"}


@get("/readyz", sync_to_thread=True)
def readyz(health: Health, store: Store, in_force: InForce, reloader: Reloader) -> Response[Readiness]:
    """200 when every component gets its work done and the state can be written, else 503 with the reasons."""
    with store.begin():
        reasons = health.troubles()
    readiness = Readiness(not reasons, reasons, _notes(in_force, reloader))
    return Response(readiness, status_code=503 if reasons else 200)


@get("/v1/status", sync_to_thread=True)
def status(health: Health, store: Store, access: Access, in_force: InForce, reloader: Reloader, clock: Clock) -> Status:
    """Version, progress of each component, and where everything that arrived has gone."""
    with store.look() as tx:
        lines = [LedgerLine(line.signal, line.outcome, line.reason or None, line.count) for line in tx.ledger.lines()]
        others = [_other(each, clock.now()) for each in tx.servers.all() if each.name != health.server]
    configuration = Configuration(
        rfc3339(reloader.loading.at),
        reloader.loading.error,
        list(in_force.waiting),
        [RemovedPromise(name, count) for name, count in in_force.removed.items()],
    )
    return Status(
        version=VERSION,
        server=health.server,
        started_at=rfc3339(health.started_at),
        open=access.open,
        configuration=configuration,
        components=health.components(),
        others=others,
        ledger=lines,
    )


def _other(server: ServerState, now: Instant) -> OtherServer:
    quiet_s = seconds_between(server.seen_at, now)
    if quiet_s > GONE_S:
        troubles = [f"it said nothing for {duration_text(quiet_s // 1)}"]
    else:
        troubles = [trouble for each in server.components if (trouble := each.trouble(server.seen_at))]
    return OtherServer(server.name, rfc3339(server.seen_at), troubles)


def _notes(in_force: InForce, reloader: Reloader) -> list[str]:
    """Nothing of this keeps the server from its work, but somebody wants it otherwise."""
    notes = []
    if reloader.loading.error:
        notes.append(f"the configuration files are not in force, what was before them is: {reloader.loading.error}")
    if in_force.waiting:
        notes.append(f"changes of {', '.join(in_force.waiting)} come into force when the server is started again")
    for name, count in in_force.removed.items():
        notes.append(f"promise {name} is no longer declared and has {count} open incidents: close them, or declare it")
    return notes


@get("/v1/session", sync_to_thread=False)
def session(request: Request[Any, Any, Any], access: Access) -> Session:
    """Whether this browser may read."""
    return Session(access.open, access.signed_in(request.headers))


@post("/v1/session", sync_to_thread=False)
def sign_in(data: JSONBody[SignIn], access: Access) -> Response[Session]:
    """Keep the key in a cookie that pages cannot read and other sites cannot send."""
    if not access.signed_in({"authorization": f"Bearer {data.key}"}):
        raise Refused(401, "expected an admin key (op_…): this one is unknown, revoked, or may only send")
    cookie = Cookie(COOKIE, value=data.key, httponly=True, samesite="strict", path="/", max_age=_SESSION_S)
    return Response(Session(access.open, True), status_code=200, cookies=[cookie])


@delete("/v1/session", status_code=200, sync_to_thread=False)
def sign_out(access: Access) -> Response[Session]:
    """Forget the key."""
    response = Response(Session(access.open, access.open), status_code=200)
    response.delete_cookie(COOKIE)
    return response


@get("/v1/openapi.json", include_in_schema=False, sync_to_thread=False)
def openapi(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """This API, described: the UI's types are made from it."""
    return request.app.openapi_schema.to_schema()


@get("/v1/stream")
async def stream(changes: Changes) -> ServerSentEvent:
    """`changed` events with the topics that changed, within a second; a comment every 15 s."""
    return ServerSentEvent(_events(changes))


async def _events(changes: Changes) -> AsyncIterator[ServerSentEventMessage]:
    seen = changes.look()
    quiet_s = 0.0
    yield ServerSentEventMessage(comment="connected")
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        now = changes.look()
        topics = sorted(topic for topic, count in now.items() if count != seen.get(topic))
        seen = now
        quiet_s = 0.0 if topics else quiet_s + _LOOK_EVERY_S
        if topics:
            yield ServerSentEventMessage(event="changed", data=msgspec.json.encode({"topics": topics}).decode())
        elif quiet_s >= _COMMENT_EVERY_S:
            quiet_s = 0.0
            yield ServerSentEventMessage(comment="still here")


HANDLERS = [healthz, readyz, status, session, sign_in, sign_out, openapi, stream]
