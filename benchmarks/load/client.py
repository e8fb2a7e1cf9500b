"""A cheap load generator: keep-alive connections on threads of their own, raw bytes out, one latency per request in."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.figures import nearest_rank

_RECV_BYTES = 64 * 1024
_TIMEOUT_S = 60.0
_RETRY_S = 0.05


@dataclass(slots=True)
class Load:
    """What came of a phase of load."""

    seconds: float = 0.0
    accepted: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)

    def latency_ms(self, share: float) -> float:
        """Of accepted requests, from the moment each was due to be sent."""
        return nearest_rank(self.latencies_s, share) * 1_000

    @property
    def per_s(self) -> float:
        """Accepted requests a second."""
        return self.accepted / self.seconds


class Connection:
    """One keep-alive HTTP connection."""

    def __init__(self, port: int, path: str = "/v1/traces") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-protobuf\r\n"
            "Content-Length: %d\r\n\r\n"
        )

    def post(self, body: bytes) -> int:
        """The status of the answer."""
        self._socket.sendall((self._head % len(body)).encode() + body)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        head = answer[:end].lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(answer) < end + 4 + length:
            answer += self._more()
        return int(head[9:12])

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> bytes:
        received = self._socket.recv(_RECV_BYTES)
        if not received:
            raise ConnectionError("the server closed the connection in the middle of an answer")
        return received


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
    loads = [Load() for _ in range(connections)]
    pace_s = connections / per_s if per_s else 0.0
    begins_s = time.monotonic() + 0.05

    def run(number: int) -> None:
        load, body_of, connection = loads[number], bodies(number), Connection(port)
        due_s = begins_s + pace_s * number / connections
        while due_s < begins_s + seconds:
            body = body_of()
            time.sleep(max(0.0, due_s - time.monotonic()))
            sent_s = due_s if pace_s else time.monotonic()
            status = connection.post(body)
            done_s = time.monotonic()
            load.statuses[status] += 1
            if status == 200:
                load.latencies_s.append(done_s - sent_s)
            else:
                time.sleep(_RETRY_S)
            due_s = due_s + pace_s if pace_s else done_s
        connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = Load(seconds=time.monotonic() - begins_s)
    for load in loads:
        together.statuses += load.statuses
        together.latencies_s += load.latencies_s
    together.accepted = together.statuses[200]
    assert together.latencies_s, f"expected accepted requests, got {dict(together.statuses)}"
    return together
