"""OTLP/HTTP: bytes off the wire in; 200 once they are on disk, else a google.rpc.Status that says what to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from outproof.contract.feedback import Feedback
from outproof.contract.statement import SENDER_HEADER, sender_of
from outproof.core.errors import OutproofError, Transient
from outproof.core.ids import ProjectId
from outproof.engine.raw import RawDesk
from outproof.ports import Clock, State
from outproof.scrub.admit import Admitted, Scrubber
from outproof.scrub.contents import contents, record_contents
from outproof.scrub.evaluated import feedback_of
from outproof.server.body import (
    BODY_BYTES_MAX,
    BadEncoding,
    Disconnected,
    TooLarge,
    UnknownEncoding,
    plain,
    read_body,
)
from outproof.store.journal.journal import Journal
from outproof.wire.answers import Reader
from outproof.wire.logs import read_logs
from outproof.wire.otlp_count import data_points
from outproof.wire.otlp_json import scopes_of_json
from outproof.wire.otlp_protobuf import scopes_of_protobuf
from outproof.wire.otlp_records import records_of_json, records_of_protobuf
from outproof.wire.otlp_schema import ExportResponse, RpcStatus
from outproof.wire.spans import Scope, Undecodable

PROTOBUF, JSON = "application/x-protobuf", "application/json"
PATHS = frozenset({"/v1/traces", "/v1/metrics", "/v1/logs"})

_INLINE_BYTES_MAX = 32 * 1024
_INLINE_PACKED_BYTES_MAX = 4 * 1024
"""Smaller bodies are read at once: a hop to another thread would cost more than the work."""
_REJECTED_FIELD = {"/v1/traces": "rejectedSpans", "/v1/metrics": "rejectedDataPoints", "/v1/logs": "rejectedLogRecords"}
_SIGNALS = {"/v1/traces": "traces", "/v1/metrics": "metrics", "/v1/logs": "logs"}

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


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is to be done with a request. `batch` goes to the journal; `feedback` and `not_kept` are written at once.

    What of a batch was refused is counted with the batch when it is taken in; `refused` is what the client is told.
    """

    batch: Admitted | None
    refused: Mapping[str, int]
    message: str
    not_kept: Mapping[str, int]
    feedback: Sequence[Feedback] = ()

    @property
    def rejected(self) -> int:
        return sum(self.refused.values())


class Receiver:
    """Takes OTLP requests of one project. A 200 means that everything storable in the request is on disk."""

    def __init__(
        self,
        reader: Reader,
        scrubber: Scrubber,
        journal: Journal,
        state: State,
        *,
        clock: Clock,
        project: ProjectId,
        raw: RawDesk | None = None,
    ) -> None:
        self._reader = reader
        self._scrubber = scrubber
        self._journal = journal
        self._state = state
        self._clock = clock
        self._project = project
        self._raw = raw
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
            return await self._answer(path, body, encoding, media_type, _sender(headers))
        except Disconnected:
            raise
        except Transient as error:
            retry = ((b"retry-after", str(error.retry_after_s).encode()),)
            return _failure(media_type, 503, _UNAVAILABLE, str(error), retry)
        except OutproofError as error:
            status, code = _STATUS_OF[type(error)]
            closing = ((b"connection", b"close"),) if status == 413 else ()
            return _failure(media_type, status, code, str(error), closing)

    async def _answer(self, path: str, body: bytes, encoding: str, media_type: str, sender: str) -> Answer:
        loop = asyncio.get_running_loop()
        if len(body) <= (_INLINE_PACKED_BYTES_MAX if encoding else _INLINE_BYTES_MAX):
            taken = self._read(path, body, encoding, media_type, sender)
        else:
            taken = await loop.run_in_executor(self._threads, self._read, path, body, encoding, media_type, sender)
        if taken.batch is not None:
            await asyncio.wrap_future(self._journal.append(taken.batch))
        if taken.not_kept or taken.feedback:
            await loop.run_in_executor(self._threads, self._write, path, taken)
        return _success(media_type, path, taken.rejected, taken.message)

    def take(self, path: str, body: bytes) -> Answer:
        """The answer to a plain protobuf body that came by another road than HTTP. Blocks until it is on disk.

        Raises:
            Transient, Undecodable, TooLarge: as they are; nothing of the request was kept.
        """
        if len(body) > BODY_BYTES_MAX:
            raise TooLarge(f"expected at most {BODY_BYTES_MAX} bytes, got {len(body)}: send smaller batches")
        taken = self._read(path, body, "", PROTOBUF)
        if taken.batch is not None:
            self._journal.append(taken.batch).result()
        if taken.not_kept or taken.feedback:
            self._write(path, taken)
        return _success(PROTOBUF, path, taken.rejected, taken.message)

    def _read(self, path: str, body: bytes, encoding: str, media_type: str, sender: str = "") -> _Taken:
        """What is to be kept of a request, and what is not."""
        if path == "/v1/traces":
            batch = replace(self._admitted(body, encoding, media_type), sender=sender)
            said = _reasons("refused spans", batch.rejected)
            return _Taken(batch if batch.columns["span_id"] or batch.rejected else None, batch.rejected, said, {})
        raw = plain(body, encoding)
        if path == "/v1/logs":
            return self._read_logs(raw, media_type)
        points = data_points(raw, json=media_type == JSON)
        counts = {"spans_say_it_of_each_call": points} if points else {}
        message = "metrics are counted and not kept: spans say the same of each call" if points else ""
        return _Taken(None, counts, message, counts)

    def _read_logs(self, raw: bytes, media_type: str) -> _Taken:
        now = self._clock.now()
        records = records_of_json(raw) if media_type == JSON else records_of_protobuf(raw)
        if self._raw is not None and self._raw.recording(now):
            self._raw.keep(list(record_contents(records, at=now)), now)
        reading = read_logs(records, self._reader.aliases, now=now)
        batch = None
        if reading.facts.spans:
            batch = self._scrubber.admit(reading.facts.columns, (), {}, project=self._project, received_at=now)
        counts = dict(reading.not_kept)
        feedback = [feedback_of(said, self._project) for said in reading.evaluations]
        return _Taken(batch, counts, _reasons("log records not kept", counts), counts, feedback)

    def _admitted(self, body: bytes, encoding: str, media_type: str) -> Admitted:
        now = self._clock.now()
        raw = plain(body, encoding)
        scopes: Iterable[Scope] = scopes_of_json(raw) if media_type == JSON else scopes_of_protobuf(raw)
        if self._raw is not None and self._raw.recording(now):
            scopes = list(scopes)
            self._raw.keep(list(contents(scopes, at=now)), now)
        reading = self._reader.read(scopes, now=now)
        rejected = {str(reason): count for reason, count in reading.rejected.items()}
        return self._scrubber.admit(
            reading.columns, reading.set_aside, rejected, project=self._project, received_at=now
        )

    def _write(self, path: str, taken: _Taken) -> None:
        """Keep what does not go through the journal. The same feedback again changes nothing."""
        with self._state.begin() as tx:
            for reason, count in taken.not_kept.items():
                tx.ledger.add(_SIGNALS[path], "rejected", reason, count)
            new = sum(tx.feedback.add(each) for each in taken.feedback)
            tx.ledger.add("feedback", "stored", "", new)
            tx.ledger.add("feedback", "duplicate", "", len(taken.feedback) - new)


def _sender(headers: Mapping[bytes, bytes]) -> str:
    """Who wrote a request down; empty where nobody says so, as clients other than our SDK do not."""
    return sender_of(headers.get(SENDER_HEADER.encode(), b"").decode("latin-1")) or ""


def _reasons(what: str, counts: Mapping[str, int]) -> str:
    said = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
    return f"{what}: {said}" if said else ""


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
