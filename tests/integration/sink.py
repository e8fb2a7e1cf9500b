"""A receiver on loopback that misbehaves as it is told, and remembers every request it got."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """One scripted answer. `hang_s` before it, or until `let_go`; `drop` closes the connection after the request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    hang_s: float = 0.0
    drop: bool = False
    drip_s: float = 0.0


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes


class Sink:
    """Answers each request with the next scripted answer of its path, then with 200."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self._scripts: dict[str, list[Answer]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server.server_address[1]}"

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def script(self, path: str, *answers: Answer) -> None:
        self._scripts[path] = list(answers)

    def bodies(self, path: str) -> list[Received]:
        with self._lock:
            return [received for received in self.received if received.path == path]

    def let_go(self) -> None:
        """Answer at once whatever hangs: for the end of a test, so that its senders need not wait."""
        self._stopping.set()

    def stop(self) -> None:
        self.let_go()
        self.server.shutdown()
        self.server.server_close()

    def _next(self, path: str) -> Answer:
        with self._lock:
            script = self._scripts.get(path, [])
            return script.pop(0) if script else Answer()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                with sink._lock:
                    sink.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with sink._lock:
                    sink.received.append(Received(self.path, headers, body))
                answer = sink._next(self.path)
                sink._stopping.wait(answer.hang_s)
                if answer.drop:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                try:
                    for start in range(len(answer.body)):
                        self.wfile.write(answer.body[start : start + 1] if answer.drip_s else answer.body)
                        if not answer.drip_s:
                            break
                        if sink._stopping.wait(answer.drip_s):
                            return
                except OSError:
                    return

            do_GET = do_PUT = do_POST

            def log_message(self, *_: object) -> None:
                return

        return Handler


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Sink]:
    sink = Sink(tls)
    thread = threading.Thread(target=sink.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        sink.stop()
        thread.join()


def until(condition: object, *, within_s: float = 60.0) -> None:
    """Wait for a condition; fail when it does not come true in time."""
    assert callable(condition)
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)
