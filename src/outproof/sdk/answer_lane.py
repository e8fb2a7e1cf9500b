"""The way of answers: from the buffer in batches to the server; while it is away, through the disk."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

from google.protobuf.message import DecodeError

from outproof.contract.statement import SENDER_HEADER, Lane
from outproof.sdk.buffer import BATCH_ANSWERS, Buffer, Entry
from outproof.sdk.encode import trace_request
from outproof.sdk.guard import faults, nothing
from outproof.sdk.ledger import Account, DropReason
from outproof.sdk.life import Life
from outproof.sdk.patience import Patience
from outproof.sdk.post import Line, Reply
from outproof.sdk.sampled import sampled
from outproof.sdk.settings import Settings
from outproof.sdk.spool import Kind, Parcel, Spool
from outproof.wire.otlp_schema import ExportResponse

LOOSE_AWAY_S = 10.0  # how long less than a batch stays in memory only while the server is away

_HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip", "User-Agent": "outproof-sdk"}
_PASSING = frozenset({0, 429, 502, 503, 504})  # no reply, and the statuses that OTLP lets a client retry


@dataclass(slots=True)
class _Batch:
    """Answers on their way: the compressed request, and its copy on disk once there is one."""

    content: bytes
    items: int
    parcel: Parcel | None = None


class AnswerLane:
    """Answers of one buffer. `save` is for any thread, `drain` and `send` for the courier's."""

    def __init__(
        self, settings: Settings, buffer: Buffer, spool: Spool, line: Line, account: Account, life: Life
    ) -> None:
        self._settings = settings
        self._buffer = buffer
        self._spool = spool
        self._line = line
        self._account = account
        self._life = life
        self._batch: _Batch | None = None
        self._retired = False
        self._loose_since_s = time.monotonic()
        # Held from the buffer to the batch, so that `save` in another thread misses none in between.
        self._packing = RLock()
        self.patience = Patience()

    def save(self) -> None:
        """Put every answer that is still in memory on disk, also the batch that is being sent just now."""
        with self._packing:
            if self._batch is not None:
                self._shelved(self._batch)
            while len(self._buffer):
                batch = self._packed(nothing)
                if batch is not None and not self._shelved(batch):
                    self._account.drop(Lane.ANSWERS, DropReason.SPOOL_UNWRITABLE, batch.items)
                    self._life.safe(batch.items)

    @property
    def busy(self) -> bool:
        """Whether a batch is on its way, or just being packed."""
        with self._packing:
            return self._batch is not None

    def retire(self) -> None:
        """Save, and leave to a successor what the buffer gets from now on."""
        with self._packing:
            self.save()
            self._retired = True

    def under_way(self) -> int:
        """Answers that have left the buffer and are nowhere but in this process."""
        with self._packing:
            return self._batch.items if self._batch is not None and self._batch.parcel is None else 0

    def drain(self, until_s: float) -> bool:
        """Send what lies in the spool, oldest first; True when time ran out before the end."""
        for parcel in self._spool.waiting(Kind.ANSWERS):
            now_s = time.monotonic()
            if now_s >= until_s:
                return True
            if not self.patience.over(now_s):
                return False
            on_its_way = self._batch is not None and self._batch.parcel == parcel
            content = None if on_its_way else self._spool.read(parcel)
            if content is None:
                continue
            reply = self._ask(content, parcel.writer)
            if reply.status not in _PASSING:
                self._settle_parcel(parcel, reply)
        return False

    def send(self, until_s: float) -> bool:
        """Send what is there, then go on while whole batches wait; True when time ran out before the end.

        While the server is away they go to disk. No server and no disk: the batch is held, the buffer fills, and what
        finds no place in it is counted.
        """
        batch = self._next_batch()
        while batch is not None:
            reply = self._ask(batch.content, self._spool.writer) if self.patience.over(time.monotonic()) else None
            if reply is not None and reply.status not in _PASSING:
                self._settle(batch, reply)
            elif not self._put_by(batch):
                return False
            if len(self._buffer) < BATCH_ANSWERS:
                return False
            if time.monotonic() >= until_s:
                return True
            batch = self._next_batch()
        return False

    def _next_batch(self) -> _Batch | None:
        with self._packing:
            if self._batch is not None:
                return self._batch
            now_s = time.monotonic()
            waiting = 0 if self._retired else len(self._buffer)
            if not waiting:
                self._loose_since_s = now_s
                return None
            away = not self.patience.over(now_s)
            if away and waiting < BATCH_ANSWERS and now_s - self._loose_since_s < LOOSE_AWAY_S:
                return None
            self._batch = self._packed(_breathe)
            return self._batch

    def _packed(self, breathe: Callable[[], None]) -> _Batch | None:
        """The oldest answers as a compressed request; None when none of them could be written down."""
        entries = self._taken()
        self._loose_since_s = time.monotonic()
        with self._account.holding(Lane.ANSWERS, len(entries), self._life.safe):
            body, written = trace_request(entries, self._settings, breathe)
            content = zlib.compress(body, 1, wbits=31)
        if written < len(entries):
            self._account.drop(Lane.ANSWERS, DropReason.BAD_VALUE, len(entries) - written)
            self._life.safe(len(entries) - written)
        return _Batch(content, written) if written else None

    def _taken(self) -> list[Entry]:
        """The oldest answers that are to be sent. What sampling leaves out is counted, until there is something."""
        entries = self._fresh()
        policy = self._settings.sampling
        if policy is None:
            return entries
        while entries:
            with self._account.holding(Lane.ANSWERS, len(entries), self._life.safe):
                sent = sampled(entries, policy)
            if len(sent) < len(entries):
                self._account.drop(Lane.ANSWERS, DropReason.SAMPLED_OUT, len(entries) - len(sent))
                self._life.safe(len(entries) - len(sent))
            if sent:
                return sent
            entries = self._fresh()
        return entries

    def _fresh(self) -> list[Entry]:
        entries = self._buffer.take()
        self._account.take(Lane.ANSWERS, len(entries))
        return entries

    def _shelved(self, batch: _Batch) -> bool:
        """Whether the batch lies on disk, now or already."""
        if batch.parcel is None:
            batch.parcel = self._spool.put(Kind.ANSWERS, batch.content, items=batch.items)
            if batch.parcel is not None:
                self._life.safe(batch.items)
        return batch.parcel is not None

    def _put_by(self, batch: _Batch) -> bool:
        with self._packing:
            if self._shelved(batch):
                self._batch = None
            return self._batch is None

    def _settle(self, batch: _Batch, reply: Reply) -> None:
        with self._packing:
            if batch.parcel is None:
                self._life.safe(batch.items)
                self._count(batch.items, reply, self._spool.writer)
            else:
                self._settle_parcel(batch.parcel, reply)
            self._batch = None

    def _settle_parcel(self, parcel: Parcel, reply: Reply) -> None:
        with self._account.in_one():
            if self._spool.remove(parcel):
                self._count(parcel.items, reply, parcel.writer)

    def _ask(self, content: bytes, writer: str) -> Reply:
        headers = {**_HEADERS, SENDER_HEADER: writer}
        reply = self._line.post("/v1/traces", content, headers, now_s=time.time())
        self._account.ledger.last_problem = reply.problem
        if reply.status in _PASSING:
            self.patience.strain(time.monotonic(), reply.retry_after_s)
        else:
            self.patience.ease()
        return reply

    def _count(self, items: int, reply: Reply, writer: str) -> None:
        rejected = min(_rejected(reply.body), items) if reply.accepted else items
        if not reply.accepted:
            faults.count(f"refused:{reply.status}")
        self._account.settle(Lane.ANSWERS, sent=items - rejected, rejected=rejected, of=self._spool.other(writer))


def _breathe() -> None:
    time.sleep(0.00005)  # long enough for a waiting thread to take the interpreter's lock


def _rejected(body: bytes) -> int:
    """How many spans the server turned away out of a batch that it took."""
    try:
        return max(0, int(ExportResponse.FromString(body).partial_success.rejected))
    except DecodeError:
        return 0
