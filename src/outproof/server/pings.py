"""Pings over plain HTTP: an address that any `curl` can ask in; a run's signals, or a heartbeat, durable at the 200.

They take the same road as the signals of the SDK. A ping says no more than that a job ran, so success is a proof of
`generated` by the job itself, and a promise that requires more stays unverified until more is proven.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from litestar import HttpMethod, Request, Response, route
from litestar.concurrency import sync_to_thread

from outproof.config.declared import Declared
from outproof.contract.promise import Promise
from outproof.contract.run import Claim, Stage
from outproof.core.ids import run_id
from outproof.core.time import Instant, after, rfc3339, seconds_between
from outproof.engine.pulse import beat
from outproof.ports import Transaction
from outproof.scrub.text import preview
from outproof.server import given
from outproof.server.access import Access
from outproof.server.run_bodies import NOTE_CHARS_MAX, Closed, ItemCounts, Noted, Opened, Proved, Said
from outproof.server.run_receiver import RECEIVING, Receiver, Receiving, RunConflict
from outproof.wire.pings import Act, Address, BadPing, Ping, PingRefusal, read

LOG_BYTES_MAX = 4 * NOTE_CHARS_MAX
"""How much of a body is looked at: a character of UTF-8 has up to four bytes."""

BODY_BYTES_MAX = 16 * 2**20
"""How much of a body is read at all: a job whose log is long must not look as if it had not run."""

RETRY_S = 30.0
"""Starts within this are one: without a run id, a start that is sent again cannot be told from another start."""

OPEN_RUNS_MAX = 100
"""How many of a promise's newest runs are searched for the one that is under way."""

_LEDGER = "pings"
_RUN_PREFIX = "ping-"
_HEADERS = {"Ping-Body-Limit": str(NOTE_CHARS_MAX), "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
_STATUS = {PingRefusal.UNKNOWN: 404, PingRefusal.CREATE: 404, PingRefusal.AMBIGUOUS: 409, PingRefusal.CONFLICT: 409}


@route(
    ["/ping/{address:path}", "/p/{address:path}"],
    http_method=[HttpMethod.HEAD, HttpMethod.GET, HttpMethod.POST],
    request_max_body_size=None,
    include_in_schema=False,
    media_type="text/plain",
    dependencies=RECEIVING,
)
async def take_ping(
    request: Request[Any, Any, Any], receiver: Receiving, declared: given.Declared, access: given.Access
) -> Response[str]:
    """Take a ping in the manner of Healthchecks (`/ping/…`) or Cronitor (`/p/…`)."""
    query = request.scope["query_string"].decode("latin-1")
    log = await _opening(request)
    return await sync_to_thread(_taken, request.scope["path"], query, log, receiver, declared, access)


async def _opening(request: Request[Any, Any, Any]) -> bytes:
    """The opening of the body. What follows is read and forgotten."""
    kept, size = b"", 0
    async for chunk in request.stream():
        kept += chunk[: LOG_BYTES_MAX - len(kept)]
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            break
    return kept


def _taken(path: str, query: str, log: bytes, receiver: Receiver, declared: Declared, access: Access) -> Response[str]:
    try:
        to, ping = read(path, query)
        promise = _promise(to, ping, declared, access)
        with receiver.store.begin() as tx:
            conflict = _Taking(tx, receiver, promise).take(ping, log)
    except BadPing as error:
        with receiver.store.begin() as tx:
            tx.ledger.add(_LEDGER, "rejected", error.refusal, 1)
        return _answer(_STATUS.get(error.refusal, 400), str(error))
    return _answer(200, "OK") if conflict is None else _answer(409, conflict)


def _answer(status: int, text: str) -> Response[str]:
    return Response(text, status_code=status, headers=_HEADERS, media_type="text/plain")


def _promise(to: Address, ping: Ping, declared: Declared, access: Access) -> Promise:
    """Who is meant. A wrong key and a wrong name are told in the same words."""
    found: tuple[Promise, ...] = ()
    if to.uuid is not None:
        promise = declared.promises_by_ping.get(to.uuid)
        found = () if promise is None else (promise,)
    elif access.may_send(to.key):
        promise = declared.promises_by_name.get(to.slug)
        found = declared.promises_by_slug.get(to.slug.lower(), ()) if promise is None else (promise,)
    if len(found) > 1:
        raise BadPing(PingRefusal.AMBIGUOUS, "ambiguous slug")
    if not found and ping.create:
        raise BadPing(
            PingRefusal.CREATE,
            "not found, and ?create=1 makes nothing here: promises are declared in files, so that somebody owns them",
        )
    if not found:
        raise BadPing(PingRefusal.UNKNOWN, "not found")
    [promise] = found
    if promise.freshness is not None:
        raise BadPing(
            PingRefusal.FRESHNESS,
            f"expected a promise with `proofs` or a `heartbeat`; {promise.name} is kept by the freshness of a surface, "
            "which our probe reads itself",
        )
    return promise


@dataclass(frozen=True, slots=True)
class _Taking:
    """One ping to one promise, in one transaction."""

    tx: Transaction
    receiver: Receiver
    promise: Promise

    def take(self, ping: Ping, log: bytes) -> str | None:
        """Store what a ping says. A sentence when it contradicts what was said of the same run before."""
        if ping.unread:
            self.tx.ledger.add(_LEDGER, "dropped", "unreadable_metric", ping.unread)
        now = self.receiver.clock.now()
        if self.promise.heartbeat is not None:
            self._take_beat(ping, now)
            return None
        external_id, known = self._run(ping, now)
        if ping.act is Act.LOG and not known:
            self.tx.ledger.add(_LEDGER, "dropped", PingRefusal.NO_OPEN_RUN, 1)  # alone it would open a run for ever
            return None
        conflict = None
        for said in _said(ping, _note(ping, log), self.promise.name, external_id, known=known, now=now):
            answer = self.receiver.take(self.tx, said).content
            conflict = answer.message if isinstance(answer, RunConflict) else conflict
        if conflict is None:
            self.tx.ledger.add(_LEDGER, "stored", "", 1)
        else:
            self.tx.ledger.add(_LEDGER, "rejected", PingRefusal.CONFLICT, 1)
        return conflict

    def _take_beat(self, ping: Ping, now: Instant) -> None:
        if ping.act is not Act.SUCCESS:
            self.tx.ledger.add(_LEDGER, "dropped", PingRefusal.NOT_A_BEAT, 1)
            return
        beat(self.tx, self.promise, self.receiver.terms, project=self.receiver.project, now=now)
        self.tx.ledger.add(_LEDGER, "stored", "", 1)

    def _run(self, ping: Ping, now: Instant) -> tuple[str, bool]:
        """The external id of the run a ping is about, and whether we have heard of that run."""
        if ping.run is not None:
            return ping.run, self._is_known(ping.run)
        under_way = self._under_way()
        if under_way is not None and ping.act is Act.START and seconds_between(under_way[1], now) >= RETRY_S:
            under_way = None
        return (f"{_RUN_PREFIX}{rfc3339(now)}", False) if under_way is None else (under_way[0], True)

    def _is_known(self, external_id: str) -> bool:
        return self.tx.runs.load(run_id(self.receiver.project, self.promise.name, external_id)) is not None

    def _under_way(self) -> tuple[str, Instant] | None:
        """The newest open run of pings without a run id, and when it started."""
        for run in self.tx.runs.latest(self.promise.name, OPEN_RUNS_MAX):
            if run.closed_at is None and run.external_id.startswith(_RUN_PREFIX):
                return run.external_id, run.started_at
        return None


def _said(ping: Ping, note: str | None, promise: str, external_id: str, *, known: bool, now: Instant) -> Iterator[Said]:
    """What a ping says of a run, as its signals. The close comes last, so that nothing is missed when it is judged."""
    if ping.act is Act.LOG:
        sign = f"ping at {now}"  # the same words again are another sign of life
        yield Noted(promise=promise, external_id=external_id, note=note, signal_id=sign)
        return
    if ping.act is Act.START:
        yield Opened(promise=promise, external_id=external_id)
    elif ping.duration_s is not None and not known:
        opened_at = rfc3339(after(now, -ping.duration_s))
        yield Opened(promise=promise, external_id=external_id, claimed_at=opened_at)
    if note is not None:
        yield Noted(promise=promise, external_id=external_id, note=note)
    counted = ping.valid is not None or ping.invalid is not None
    counts = ItemCounts(valid=ping.valid, invalid=ping.invalid) if counted else None
    if ping.act is Act.SUCCESS:
        yield Proved(promise=promise, external_id=external_id, stage=Stage.GENERATED)
        yield Closed(promise=promise, external_id=external_id, claim=Claim.SUCCESS, counts=counts)
    elif ping.act is Act.FAIL:
        error_type = None if ping.exit_status is None else f"exit status {ping.exit_status}"
        yield Closed(
            promise=promise, external_id=external_id, claim=Claim.FAILURE, counts=counts, error_type=error_type
        )


def _note(ping: Ping, log: bytes) -> str | None:
    """The message, who sent it and the log, scrubbed and cut. None: nothing was written."""
    texts = (ping.message, ping.details, log.decode("utf-8", errors="ignore"))
    text = "\n".join(text.strip() for text in texts if text and text.strip())
    return preview(text, chars_max=NOTE_CHARS_MAX) if text else None


HANDLERS = [take_ping]
