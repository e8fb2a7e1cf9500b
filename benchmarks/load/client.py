"""A cheap load generator: keep-alive connections on one event loop, raw bytes out, one latency per request in."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import uvloop

from benchmarks.figures import nearest_rank

_TIMEOUT_S = 60.0
_RETRY_S = 0.05


@dataclass(slots=True)
class Load:
    """What came of a phase of load."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.statuses[200]

    @property
    def per_s(self) -> float:
        """Accepted requests a second."""
        return self.accepted / self.seconds

    def latency_ms(self, share: float) -> float:
        """Of accepted requests, from the moment each was due to be sent."""
        return nearest_rank(self.latencies_s, share) * 1_000


class _Connection(asyncio.Protocol):
    """One keep-alive HTTP connection; one request at a time."""

    def __init__(self, port: int, path: str = "/v1/traces") -> None:
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-protobuf\r\n"
            "Content-Length: %d\r\n\r\n"
        )
        self._received = b""
        self._answered: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(self._received) >= end + 4 + length and self._answered is not None:
            self._answered.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionError(f"the server closed the connection: {error}"))

    async def post(self, body: bytes) -> int:
        """The status of the answer."""
        assert self.transport is not None
        self._received, self._answered = b"", asyncio.get_running_loop().create_future()
        self.transport.write((self._head % len(body)).encode() + body)
        async with asyncio.timeout(_TIMEOUT_S):
            return await self._answered


def post(port: int, body: bytes) -> int:
    """The status of one request on a connection of its own."""
    return uvloop.run(_post(port, body))


async def _post(port: int, body: bytes) -> int:
    connection = await _connected(port)
    try:
        return await connection.post(body)
    finally:
        assert connection.transport is not None
        connection.transport.close()


async def _connected(port: int) -> _Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: _Connection(port), "127.0.0.1", port)
    return connection


def send(
    port: int,
    bodies: Callable[[int], Callable[[], bytes]],
    *,
    seconds: float,
    connections: int,
    per_s: float | None = None,
) -> Load:
    """Send for so long. `bodies(n)` makes the bodies of connection n. `per_s` None: as fast as answers come.

    With a rate each request has a moment when it is due, and its latency counts from there: a stalled server is
    charged for what it held up.
    """
    load = Load()
    pace_s = connections / per_s if per_s else 0.0

    async def one(number: int, begins_s: float) -> None:
        body_of, connection = bodies(number), await _connected(port)
        due_s = begins_s + pace_s * number / connections
        while due_s < begins_s + seconds:
            body = body_of()
            if due_s > time.monotonic():
                await asyncio.sleep(due_s - time.monotonic())
            sent_s = due_s if pace_s else time.monotonic()
            status = await connection.post(body)
            done_s = time.monotonic()
            load.statuses[status] += 1
            if status == 200:
                load.latencies_s.append(done_s - sent_s)
            else:
                await asyncio.sleep(_RETRY_S)
            due_s = due_s + pace_s if pace_s else time.monotonic()
        assert connection.transport is not None
        connection.transport.close()

    async def everyone() -> None:
        begins_s = time.monotonic() + 0.05
        await asyncio.gather(*(one(number, begins_s) for number in range(connections)))
        load.seconds = time.monotonic() - begins_s

    uvloop.run(everyone())
    assert load.latencies_s, f"expected accepted requests, got {dict(load.statuses)}"
    return load
