"""OTLP/HTTP: bytes off the wire in; 200 once they are on disk, else a google.rpc.Status that says what to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from outproof.core.errors import OutproofError, Transient
from outproof.core.ids import ProjectId
from outproof.ports import Clock, State
from outproof.scrub.admit import Admitted, Scrubber
from outproof.server.body import BadEncoding, Disconnected, TooLarge, UnknownEncoding, plain, read_body
from outproof.store.journal.journal import Journal
from outproof.wire.answers import Reader
from outproof.wire.otlp_count import data_points, log_records
from outproof.wire.otlp_json import scopes_of_json
from outproof.wire.otlp_protobuf import scopes_of_protobuf
from outproof.wire.otlp_schema import ExportResponse, RpcStatus
from outproof.wire.spans import Undecodable

PROTOBUF, JSON = "application/x-protobuf", "application/json"
PATHS = frozenset({"/v1/traces", "/v1/metrics", "/v1/logs"})

_INLINE_BYTES_MAX = 32 * 1024
_INLINE_PACKED_BYTES_MAX = 4 * 1024
"""Smaller bodies are read at once: a hop to another thread would cost more than the work."""
_REJECTED_FIELD = {"/v1/traces": "rejectedSpans", "/v1/metrics": "rejectedDataPoints", "/v1/logs": "rejectedLogRecords"}
_NOT_KEPT = {"/v1/metrics": ("metrics", data_points), "/v1/logs": ("logs", log_records)}

# google.rpc.Code
_INVALID_ARGUMENT, _UNAVAILABLE, _UNIMPLEMENTED, _OUT_OF_RANGE = 3, 14, 12, 11
_STATUS_OF: dict[type[OutproofError], tuple[int, int]] = {
    TooLarge: (413, _OUT_OF_RANGE),
    UnknownEncoding: (415, _INVALID_ARGUMENT),
    BadEncoding: (400, _INVALID_ARGUMENT),
    Undecodable: (400, _INVALID_ARGUMENT),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client."""

    status: int
    media_type: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Receiver:
    """Takes OTLP requests of one project. A 200 means that everything storable in the request is on disk."""

    def __init__(
        self, reader: Reader, scrubber: Scrubber, journal: Journal, state: State, *, clock: Clock, project: ProjectId
    ) -> None:
        self._reader = reader
        self._scrubber = scrubber
        self._journal = journal
        self._state = state
        self._clock = clock
        self._project = project
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="receive")

    async def answer(self, method: str, path: str, headers: dict[bytes, bytes], receive: Callable[[], Any]) -> Answer:
        """The answer to one request. Raises only what the client's own disconnect raises."""
        media_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        if method != "POST":
            return _failure(
                PROTOBUF, 405, _UNIMPLEMENTED, f"expected POST {path}, got {method}", ((b"allow", b"POST"),)
            )
        if media_type not in (PROTOBUF, JSON):
            message = f"expected Content-Type {PROTOBUF} or {JSON}, got {media_type or 'none'!r}"
            return _failure(PROTOBUF, 415, _INVALID_ARGUMENT, message)
        encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
        try:
            body = await read_body(headers, receive)
            if path == "/v1/traces":
                return await self._take_traces(body, encoding, media_type)
            return await self._count_only(path, body, encoding, media_type)
        except Disconnected:
            raise
        except Transient as error:
            retry = ((b"retry-after", str(error.retry_after_s).encode()),)
            return _failure(media_type, 503, _UNAVAILABLE, str(error), retry)
        except OutproofError as error:
            status, code = _STATUS_OF[type(error)]
            closing = ((b"connection", b"close"),) if status == 413 else ()
            return _failure(media_type, status, code, str(error), closing)

    async def _take_traces(self, body: bytes, encoding: str, media_type: str) -> Answer:
        if len(body) <= (_INLINE_PACKED_BYTES_MAX if encoding else _INLINE_BYTES_MAX):
            batch = self._admitted(body, encoding, media_type)
        else:
            loop = asyncio.get_running_loop()
            batch = await loop.run_in_executor(self._threads, self._admitted, body, encoding, media_type)
        if batch.columns["span_id"] or batch.rejected:
            await asyncio.wrap_future(self._journal.append(batch))
        rejected = sum(batch.rejected.values())
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(batch.rejected.items()))
        return _success(media_type, "/v1/traces", rejected, f"refused spans: {reasons}" if rejected else "")

    def _admitted(self, body: bytes, encoding: str, media_type: str) -> Admitted:
        now = self._clock.now()
        raw = plain(body, encoding)
        scopes = scopes_of_json(raw) if media_type == JSON else scopes_of_protobuf(raw)
        reading = self._reader.read(scopes, now=now)
        rejected = {str(reason): count for reason, count in reading.rejected.items()}
        return self._scrubber.admit(
            reading.columns, reading.set_aside, rejected, project=self._project, received_at=now
        )

    async def _count_only(self, path: str, body: bytes, encoding: str, media_type: str) -> Answer:
        signal, count = _NOT_KEPT[path]
        items = count(plain(body, encoding), json=media_type == JSON)
        if items:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._reject, signal, items)
        message = f"{signal} are not kept by this version; spans are" if items else ""
        return _success(media_type, path, items, message)

    def _reject(self, signal: str, items: int) -> None:
        with self._state.begin() as tx:
            tx.ledger.add(signal, "rejected", "signal_not_kept", items)


def _success(media_type: str, path: str, rejected: int, message: str) -> Answer:
    if media_type == JSON:
        partial = {"partialSuccess": {_REJECTED_FIELD[path]: str(rejected), "errorMessage": message}}
        return Answer(200, JSON, json.dumps(partial if rejected else {}).encode())
    response = ExportResponse()
    if rejected:
        response.partial_success.rejected = rejected
        response.partial_success.error_message = message
    return Answer(200, PROTOBUF, response.SerializeToString())


def _failure(
    media_type: str, status: int, code: int, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    return Answer(status, media_type, status_body(media_type, code, message), headers)


def status_body(media_type: str, code: int, message: str) -> bytes:
    """A google.rpc.Status in the encoding of the request."""
    if media_type == JSON:
        return json.dumps({"code": code, "message": message}).encode()
    return bytes(RpcStatus(code=code, message=message).SerializeToString())
