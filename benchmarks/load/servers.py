"""The servers under load, each a process of its own: ours on a fresh directory, and the floor that keeps nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fault.server import Server

ROOT = Path(__file__).resolve().parents[2]
LOADED_S_MAX = 300.0
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Floor:
    """What HTTP alone costs here."""

    port: int
    pid: int


@contextmanager
def floor() -> Iterator[Floor]:
    """A running floor."""
    command = [sys.executable, "-m", "benchmarks.load.discard"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield Floor(int(process.stdout.readline().strip().rsplit(":", 1)[1]), process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def fresh(config: str = "") -> Iterator[Server]:
    """A running server of ours with nothing in it. `config` is the text of its file."""
    with tempfile.TemporaryDirectory(prefix="outproof-bench-") as folder:
        path = Path(folder) / "outproof.yaml"
        path.write_text(config)
        server = Server(Path(folder) / "data", config=path)
        server.start()
        try:
            yield server
        finally:
            server.kill()


def wait_until_loaded(server: Server) -> float:
    """Wait until everything acknowledged is in windows. Returns how long that took."""
    began_s = time.monotonic()
    while lag(server):
        assert time.monotonic() - began_s < LOADED_S_MAX, f"{lag(server)} journal entries still wait"
        time.sleep(_POLL_S)
    return time.monotonic() - began_s


def lag(server: Server) -> int:
    """Journal entries that are on disk and not yet in windows and past the invariants."""
    components = server.get("/v1/status").json()["components"]
    return next(int(part["lag"]) for part in components if part["name"] == "intake")
