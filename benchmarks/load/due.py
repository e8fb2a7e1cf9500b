"""Many deadlines in one minute: seconds from each deadline to the first attempt to tell somebody.

Every promise expects its run at the same minute and gives it a grace of its own, so that the deadlines lie evenly in
the minute after; nobody begins a run, and each is an incident and a page of its own.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.figures import Figures, nearest_rank
from benchmarks.load.servers import fresh

PROMISES = 10_000
MINUTE_S = 60.0
START_S = 45.0  # until the server has read so many promises
PATIENCE_S = 120.0
_PROMISE = re.compile(rb'"promise":"p-(\d+)"')
_SECRET = "whsec_b3V0cHJvb2YtYmVuY2htYXJrLTMyLWJ5dGVzISEhISE="


class Receiver:
    """Remembers when it was first told of which promise, on the wall clock."""

    def __init__(self, expected: int) -> None:
        self.told_s: dict[int, float] = {}
        self.attempts = 0
        self.all_told = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                at_s = time.time()
                body = self.rfile.read(int(self.headers["content-length"]))
                found = _PROMISE.search(body)
                assert found, body
                receiver.attempts += 1
                receiver.told_s.setdefault(int(found[1]), at_s)
                if len(receiver.told_s) == expected:
                    receiver.all_told.set()
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # a full queue would cost a sender a second, which is not the product's

        self.server = Server(("127.0.0.1", 0), Handler)


def measure(runs: int = 5) -> Figures:
    """Each run on a fresh server."""
    figures = Figures("due", {"promises": PROMISES, "deadlines_per_s": round(PROMISES / MINUTE_S)})
    for _ in range(runs):
        slot_s = -(-(time.time() + START_S) // MINUTE_S) * MINUTE_S
        with _receiver() as receiver, fresh(_config(receiver.server.server_address[1], slot_s)):
            receiver.all_told.wait(slot_s + MINUTE_S + PATIENCE_S - time.time())
            late_s = [told_s - slot_s - _grace_s(number) for number, told_s in receiver.told_s.items()]
        figures.add(
            told_ratio=len(late_s) / PROMISES,
            repeated_ratio=(receiver.attempts - len(late_s)) / PROMISES,
            **{f"deadline_to_attempt_ms_p{p}": nearest_rank(late_s, p / 100) * 1_000 for p in (50, 99, 100)},
        )
    return figures


@contextmanager
def _receiver() -> Iterator[Receiver]:
    receiver = Receiver(PROMISES)
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


def _grace_s(number: int) -> float:
    return round(number * MINUTE_S / PROMISES, 3)


def _config(port: int, slot_s: float) -> str:
    slot = datetime.fromtimestamp(slot_s, UTC)
    promises = "".join(
        f"  - {{name: p-{number}, outcome: It is there., owner: bench, proofs: {{generated: {{}}}}, due: 1h, "
        f'schedule: {{cron: "{slot.minute} {slot.hour} * * *", grace: {round(_grace_s(number) * 1_000)}ms}}}}\n'
        for number in range(PROMISES)
    )
    return (
        f"promises:\n{promises}channels:\n"
        f'  - {{name: on-call, webhook: {{url: "http://127.0.0.1:{port}/", secrets: [{_SECRET}]}}}}\n'
        "routes: {default: [on-call]}\negress: {allow: [127.0.0.0/8]}\n"
    )
