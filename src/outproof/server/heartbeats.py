"""Heartbeats over REST: a sign of life of a promise in, durable before the 202."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from litestar import Response, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, RawBody
from msgspec import Struct

from outproof.contract.statement import Lane
from outproof.core.time import instant_from_rfc3339, rfc3339
from outproof.engine.pulse import beat
from outproof.server import given
from outproof.server.run_bodies import BODY_BYTES_MAX, Name
from outproof.server.run_receiver import some_of
from outproof.server.sending import SENDING, Sender

_LEDGER = "heartbeats"


class Beat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a body may say; none is needed. `claimed_at` is the sender's own time; server time decides."""

    signal_id: Name | None = None
    claimed_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatAccepted:
    """The heartbeat is on disk. Another one must come before `stale_at`; null: the promise is paused."""

    promise: str
    at: str
    stale_at: str | None


@post(
    "/v1/promises/{promise:str}/heartbeat",
    status_code=202,
    sync_to_thread=True,
    request_max_body_size=BODY_BYTES_MAX,
    dependencies=SENDING,
)
def take_heartbeat(
    promise: FromPath[str],
    body: RawBody,
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    terms: given.Terms,
    sender: Sender,
) -> Response[BeatAccepted]:
    """Say that what a promise is about is alive: {signal_id?, claimed_at?}, or no body at all. Idempotent."""
    declared = terms.promises.get(promise)
    if declared is None:
        known = some_of([name for name, each in terms.promises.items() if each.heartbeat])
        raise NotFoundException(f"no promise {promise!r} is declared; promises with a heartbeat are: {known}")
    if declared.heartbeat is None:
        raise HTTPException(
            detail=f"expected a promise with `heartbeat`, and {promise!r} is kept by "
            f"{'runs: open one' if declared.proofs else 'the freshness of a surface, which our probe reads itself'}",
            status_code=409,
        )
    _check(body)
    with store.begin() as tx:
        now = clock.now()
        pulse = beat(tx, declared, terms, project=project, now=now)
        tx.ledger.add(_LEDGER, "stored", "", 1)
        if sender is not None:
            tx.senders.count(sender, Lane.SIGNALS, "stored", 1)
    stale_at = None if pulse.stale_at is None else rfc3339(pulse.stale_at)
    return Response(BeatAccepted(promise=promise, at=rfc3339(now), stale_at=stale_at), status_code=202)


def _check(body: bytes) -> None:
    if not body.strip():
        return
    try:
        said = msgspec.json.decode(body, type=Beat)
        if said.claimed_at is not None:
            instant_from_rfc3339(said.claimed_at)
    except (msgspec.DecodeError, ValueError) as error:
        told = f"expected no body, or {{signal_id?, claimed_at?}}: {error}"
        raise HTTPException(detail=told, status_code=422) from error


HANDLERS = [take_heartbeat]
