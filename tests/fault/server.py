"""A real server in a process of its own: started, stopped, killed, and started again on the same data."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

READY_S_MAX = 120.0
STOP_S_MAX = 60.0
REPLY_S_MAX = 60.0
"""Longer than any of it should take, also on a machine that stands still for a while."""

_POLL_S = 0.02
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")

_SERVE = "import sys; from outproof.cli import main; sys.argv[0] = 'outproof'; main()"


class DidNotStart(Exception):
    """The process ended, or was not ready in time."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Started:
    """What a start took, until /readyz said so."""

    wall_s: float
    cpu_s: float


class Server:
    """`outproof serve` on a data directory that outlives it. Each start has a port of its own."""

    def __init__(self, data: Path, *, config: Path | None = None, command: Sequence[str] = ()) -> None:
        self.data = data
        self.port = 0
        self.pid = 0
        self._config = config
        self._command = list(command) or [sys.executable, "-c", _SERVE, "serve"]
        self._process: subprocess.Popen[str] | None = None
        self._log = data.parent / f"{data.name}.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Everything the server said, over all its starts."""
        return self._log.read_text() if self._log.exists() else ""

    def launch(self) -> None:
        """Start the process, without waiting for it to be ready."""
        assert self._process is None or self._process.poll() is not None, "expected no running server, got one"
        command = [*self._command, "--data", str(self.data), "--port", "0"]
        if self._config is not None:
            command += ["--config", str(self._config)]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        self.pid = self._process.pid

    def start(self) -> Started:
        """Start, and wait until it is ready."""
        began_s = time.monotonic()
        self.launch()
        self.port = _announced_port(self._running)
        while self.get("/readyz").status != 200:
            if time.monotonic() - began_s > READY_S_MAX:
                raise DidNotStart(f"not ready after {READY_S_MAX:.0f} s: {self.get('/readyz').body!r}")
            time.sleep(_POLL_S)
        return Started(time.monotonic() - began_s, cpu_s(self.pid))

    def kill(self) -> None:
        """End it as a power cut would: no handler runs. Idempotent."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
        self.port = 0  # nobody listens there: the system may give the number to a stranger
        self._reap()

    def stop(self) -> int:
        """Ask it to end, as an init system does. Returns its exit code."""
        self._running.send_signal(signal.SIGTERM)
        code = self._running.wait(STOP_S_MAX)
        self.port = 0
        self._reap()
        return code

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def get(self, path: str) -> Reply:
        return self.request("GET", path)

    def post(self, path: str, body: bytes, content_type: str = "application/json") -> Reply:
        return self.request("POST", path, body, {"content-type": content_type})

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One exchange on a connection of its own.

        Raises:
            OSError: the answer was lost, or nobody listens.
        """
        connection = HTTPConnection("127.0.0.1", self.port, timeout=REPLY_S_MAX)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            content = response.read()
        except HTTPException as error:
            raise ConnectionError(f"the answer was cut short: {error!r}") from error
        finally:
            connection.close()
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "expected a started server"
        return self._process

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait(STOP_S_MAX)
            assert self._process.stdout is not None
            self._process.stdout.close()


def _announced_port(process: subprocess.Popen[str]) -> int:
    """The port in the line that says that the server is ready."""
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            return int(line.split("http://", 1)[1].split()[0].rsplit(":", 1)[1])
    raise DidNotStart(f"the process ended with {process.wait(STOP_S_MAX)} before it was ready")


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def resident_bytes(pid: int) -> int:
    """Memory that a process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
