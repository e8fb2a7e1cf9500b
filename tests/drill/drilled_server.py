"""A server with promises to break, a receiver for drills and one for people, and the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests import forked
from tests.integration.sink import Answer, Sink, running
from tests.server_process import ServerProcess

SECRET = "whsec_" + "b3V0cHJvb2YtdGVzdC1zZWNyZXQtb2YtMzItYnl0ZXM="
PROMISE = "nightly-digests"
OVER_S_MAX = 220
"""Longer than a drill takes that meets its limits."""

# Drills may take long where they end as soon as what they wait for has come: a server that stood still for a few
# seconds lets deadlines wait for a minute. The last promise is drilled with less time than any deadline leaves.
CONFIG = """
promises:
  - name: nightly-digests
    outcome: Each customer's digest is validated, saved and visible by 06:00.
    owner: growth
    schedule: {cron: "0 3 * * *", due: 3h}
    first_check: Open the batch's page.
    settle: 1s
    runbook: https://runbooks.example/digests
    proofs:
      validated: {observer: job, counts: {max_invalid_ratio: 0.1}}
      persisted: {observer: independent}
      visible:
        observer: probe
        http: {url: "SURFACE/digests/{batch_id}.json", json: $.count, equals: valid}
    drill: {within: 100s, channels: [drill-room]}
  - name: on-demand-report
    outcome: The report is persisted.
    owner: finance
    due: 1h
    proofs:
      persisted: {observer: job}
    drill: {within: 100s}
  - name: hasty-report
    outcome: The report is persisted.
    owner: finance
    due: 1h
    proofs:
      persisted: {observer: job}
    drill: {within: 1s, fault: never-close}
channels:
  - {name: on-call, webhook: {url: "SINK/on-call", secrets: [SECRET]}}
  - {name: drill-room, webhook: {url: "SINK/drill-room", secrets: [SECRET]}}
routes: {default: [on-call]}
egress: {allow: [127.0.0.0/8]}
"""


class Site:
    """A running server, what its channels received, and the command line that asks it."""

    def __init__(self, server: ServerProcess, sink: Sink, folder: Path) -> None:
        self.server = server
        self.sink = sink
        self.folder = folder

    def outproof(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "OUTPROOF_ENDPOINT": self.server.url}
        return forked.run(*arguments, environment=environment, within_s=OVER_S_MAX + 40)

    def drill(self, *arguments: str, promise: str = PROMISE) -> tuple[int, Any]:
        """The exit code and the drill that the command prints."""
        done = self.outproof("drill", promise, "--by", "ann", "--json", "--wait", f"{OVER_S_MAX}s", *arguments)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def told(self, channel: str) -> list[str]:
        """The kinds of notices of promises that a channel received: each once, however often it was sent."""
        bodies = {one.headers["webhook-id"]: json.loads(one.body) for one in self.sink.bodies(f"/{channel}")}
        return [body["type"] for body in bodies.values() if body["data"].get("promise")]

    def hold_up(self, *, after_notices: int = 0) -> None:
        """Have the drill channel leave notices without an answer, but for the first, until the sink lets go.

        A drill that waits for its receipts is not over before the test wants it to be.
        """
        self.sink.script("/drill-room", *[Answer()] * after_notices, *[Answer(hang_s=600.0)] * 20)

    def incidents(self, which: str = "state=all") -> list[Any]:
        """The incidents of promises: a server that stood still opens one of its own beside them."""
        found = self.server.get(f"/v1/incidents?{which}")["incidents"]
        return [each for each in found if each["subject"]["type"] != "monitor"]


class Surface(BaseHTTPRequestHandler):
    """A site that has no digest."""

    def do_GET(self) -> None:
        body = b"welcome"
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def a_surface() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Surface)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def a_site(folder: Path) -> Iterator[Site]:
    with running() as sink, a_surface() as surface:
        config = folder / "outproof.yaml"
        config.write_text(CONFIG.replace("SURFACE", surface).replace("SINK", sink.url).replace("SECRET", SECRET))
        with ServerProcess(folder / "data", config) as server:
            yield Site(server, sink, folder)


def until_over(site: Site, drill: str, *, within_s: float = OVER_S_MAX) -> Any:
    """A drill once it is over; fails when it hangs."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = site.server.get(f"/v1/drills/{drill}")
        if found["state"] != "running":
            return found
        time.sleep(0.1)
    raise AssertionError(f"drill {drill} still runs after {within_s} s")
