"""A server on loopback that keeps connections alive, answers as told, and remembers what it was sent."""

from __future__ import annotations

import gzip
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import outproof
from outproof.sdk.host import this_process
from outproof.sdk.ledger import Stats
from outproof.sdk.settings import Settings, settings_from


@dataclass(frozen=True)
class Told:
    """How to answer a request."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def request(self) -> ExportTraceServiceRequest:
        """The body as the official classes read it."""
        return ExportTraceServiceRequest.FromString(gzip.decompress(self.body))


class Receiver:
    """Requests in order of arrival; `answer` decides the reply to each."""

    def __init__(self) -> None:
        self.requests: list[Got] = []
        self.answer: Callable[[Got], Told] = lambda _: Told()

    def to(self, path: str) -> list[Got]:
        return [got for got in list(self.requests) if got.path == path]

    def signals(self) -> list[Got]:
        return [got for got in list(self.requests) if got.path not in ("/v1/traces", "/v1/statements")]

    def spans(self) -> list[Any]:
        """Every span received, as the official classes read it."""
        spans = []
        for got in self.to("/v1/traces"):
            spans += [s for r in got.request.resource_spans for scope in r.scope_spans for s in scope.spans]
        return spans

    def span_ids(self) -> list[str]:
        return [span.span_id.hex() for span in self.spans()]


def attributes(span: Any) -> dict[str, Any]:
    """Attributes of a span or resource as plain values."""
    found: dict[str, Any] = {}
    for pair in span.attributes:
        kind = pair.value.WhichOneof("value")
        value = getattr(pair.value, kind)
        found[pair.key] = [v.string_value for v in value.values] if kind == "array_value" else value
    return found


@contextmanager
def serving(receiver: Receiver, port: int = 0) -> Iterator[str]:
    """The receiver's address while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the sender was killed in the middle of it: nothing was received
            got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            told = receiver.answer(got)
            if _hung_up(self.connection):
                return  # the sender waits no longer, as on a machine that stalls: it will send the same again
            receiver.requests.append(got)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            return  # clients are killed on purpose

    server = Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def a_port() -> Iterator[int]:
    """A port where nobody listens, and that nobody else is given meanwhile; `serving` may take it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # who listens sets it too: then both may have it
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


def _hung_up(connection: socket.socket) -> bool:
    """Whether the other side has closed the connection, and will read no reply."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def the_settings(endpoint: str, spool: Path, **given: Any) -> Settings:
    fixed = {"service": "tracking-answerer", "key": None, "project": None, "deploy": None, "environment": None}
    return settings_from({}, endpoint=endpoint, spool_dir=spool, **{**fixed, **given})


def until(condition: Callable[[], object], *, within_s: float = 60.0) -> None:
    """Wait for a condition; fail when it does not come true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


def balanced(stats: Stats) -> bool:
    """Whether all that was emitted is accounted for."""
    settled = stats["sent"] + stats["rejected"] + sum(stats["dropped"].values())
    return stats["emitted"] == settled + stats["in_buffer"] + stats["in_spool"]


def empty_books() -> None:
    """Have the SDK of this process count from zero, once nothing goes on that earlier tests began."""
    outproof.shutdown()
    until(lambda: not any(thread.name == "outproof" for thread in threading.enumerate()))
    this_process.ledger.forget()


def child_env(endpoint: str, spool: Path) -> dict[str, str]:
    """The environment of a program that uses the SDK as installed here."""
    paths = os.pathsep.join(path for path in sys.path if path)
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": paths,
        "OUTPROOF_ENDPOINT": endpoint,
        "OUTPROOF_SPOOL": str(spool),
        "PYTHONWARNINGS": "error",
    }
