"""How long it takes until something shows: an acknowledged answer in a window, an unsafe one at on-call's receiver.

Both on an idle server, and under half the load it can take.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.figures import Figures, nearest_rank
from benchmarks.load.client import post, send
from benchmarks.load.servers import fresh, wait_until_loaded
from benchmarks.load.spans import Bodies
from tests.fault.server import Server

PROBES = 20
PAUSE_S = 0.25
BATCH_SPANS = 512
CONNECTIONS = 4
SHOWN_S_MAX = 60.0
_SECRET = "whsec_b3V0cHJvb2YtYmVuY2htYXJrLTMyLWJ5dGVzISEhISE="


class Receiver:
    """Remembers when it was told about which policy for the first time."""

    def __init__(self) -> None:
        self.told_s: dict[str, float] = {}
        self.changed = threading.Condition()
        told_s, changed = self.told_s, self.changed

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                at_s = time.monotonic()
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                policy = body.split('"policy":"', 1)[1].split('"', 1)[0]
                with changed:
                    told_s.setdefault(policy, at_s)
                    changed.notify_all()
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def wait_for(self, policy: str) -> float:
        """When it was told."""
        with self.changed:
            assert self.changed.wait_for(lambda: policy in self.told_s, SHOWN_S_MAX), f"nobody was told of {policy}"
            return self.told_s[policy]


def measure(runs: int = 5) -> Figures:
    """Each run on a fresh server, first idle, then under load."""
    figures = Figures("latency", {"probes_per_run": PROBES, "spans_per_batch": BATCH_SPANS})
    makers = [Bodies(BATCH_SPANS, seed=n) for n in range(CONNECTIONS)]
    for _ in range(runs):
        with _receiver() as receiver, fresh(_config(receiver.server.server_address[1])) as server:
            _probe(server, receiver, "warm", 2)
            idle = _probe(server, receiver, "idle", PROBES)
            full = send(server.port, [maker.body for maker in makers].__getitem__, seconds=3.0, connections=CONNECTIONS)
            wait_until_loaded(server)
            with _background(server, makers, full.per_s / 2):
                busy = _probe(server, receiver, "busy", PROBES)
            figures.add(load_spans_per_s=full.per_s / 2 * BATCH_SPANS, **_named("idle", idle), **_named("busy", busy))
    return figures


def _named(when: str, shown: tuple[list[float], list[float]]) -> dict[str, float]:
    found = {}
    for what, seconds in zip(("visible", "told"), shown, strict=True):
        for share in (0.50, 0.99):
            found[f"{when}_ack_to_{what}_ms_p{share * 100:.0f}"] = nearest_rank(seconds, share) * 1_000
    return found


def _probe(server: Server, receiver: Receiver, when: str, probes: int) -> tuple[list[float], list[float]]:
    """Seconds from an acknowledgement to the window, and to the receiver; a service and a policy of its own each."""
    visible, told = [], []
    for number in range(probes):
        name = f"{when}-{number}"
        assert post(server.port, Bodies(1, service=name, seed=number).body()) == 200
        visible.append(_until_visible(server, name))
        assert post(server.port, Bodies(1, service=name, seed=number, unsafe_at=0).body()) == 200
        acknowledged_s = time.monotonic()
        told.append(max(0.0, receiver.wait_for(name) - acknowledged_s))
        time.sleep(PAUSE_S)
    return visible, told


def _until_visible(server: Server, service: str) -> float:
    """Seconds until a window query has it."""
    began_s = time.monotonic()
    while server.get(f"/v1/services/{service}/window?minutes=5").json()["answers"] == 0:
        assert time.monotonic() - began_s < SHOWN_S_MAX, f"{service} does not show"
    return time.monotonic() - began_s


@contextmanager
def _background(server: Server, makers: list[Bodies], per_s: float) -> Iterator[None]:
    """Steady load while the block runs."""
    seconds = 1.0
    stopping = threading.Event()

    def run() -> None:
        while not stopping.is_set():
            send(server.port, lambda n: makers[n].body, seconds=seconds, connections=CONNECTIONS, per_s=per_s)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        try:
            yield
        finally:
            stopping.set()
            done.result()


@contextmanager
def _receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


def _config(port: int) -> str:
    names = [f"{when}-{n}" for when, count in (("warm", 2), ("idle", PROBES), ("busy", PROBES)) for n in range(count)]
    policies = "".join(
        f"  - {{name: {name}, severity: critical, owner: bench, invariant: unsafe_claim_served == false, "
        f"over: {{service: {name}}}, first_check: None., no_data: keep}}\n"
        for name in names
    )
    return (
        f"policies:\n{policies}channels:\n"
        f'  - {{name: on-call, webhook: {{url: "http://127.0.0.1:{port}/", secrets: [{_SECRET}]}}}}\n'
        "routes: {default: [on-call]}\negress: {allow: [127.0.0.0/8]}\n"
    )
