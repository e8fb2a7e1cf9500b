"""A real server process for tests: started, asked, stopped and killed, on a data directory that stays."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from tests import forked

START_S_MAX = 120.0
ANSWER_S_MAX = END_S_MAX = UNTIL_S_MAX = 60.0
"""How long a machine that is busy with others may take. Nobody waits longer than it takes."""

_READY = re.compile(r"Outproof is ready: (http://\S+) .*\n")  # the whole line: half of it may be seen first

Found = TypeVar("Found")


class ServerProcess:
    """`outproof serve` on a free port. Leaving the block stops it as an operator would, by SIGTERM."""

    def __init__(
        self, data: Path, config: Path | None = None, *, host: str = "127.0.0.1", options: Sequence[str] = ()
    ) -> None:
        self._data = data
        self._options = options
        self._host = host
        self._config = config
        self._log = data.with_suffix(".log")
        self._process: ForkServerProcess | None = None
        self.url = ""

    @property
    def log(self) -> str:
        """Everything it has said so far."""
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        command = ["serve", "--data", str(self._data), "--port", "0", "--host", self._host, *self._options]
        if self._config:
            command += ["--config", str(self._config)]
        self._log.touch()
        said = len(self.log)
        self._process = forked.start(command, self._log)
        try:
            ready = self.until(lambda: _READY.search(self.log[said:]), within_s=START_S_MAX)
        except AssertionError:
            self.kill()
            raise
        self.url = ready[1]

    def kill(self) -> None:
        """End it as a power cut would end its process."""
        assert self._process
        self._process.kill()
        self._process.join(END_S_MAX)
        assert not self._process.is_alive(), "it outlives a SIGKILL"

    def pause(self) -> None:
        """Have it stand still: it keeps its connections, answers nothing and writes nothing."""
        tasks = Path(f"/proc/{self._signal(signal.SIGSTOP)}/task")
        self.until(lambda: all(_stands(task) for task in tasks.iterdir()))

    def go_on(self) -> None:
        """Let it go on after a pause."""
        self._signal(signal.SIGCONT)

    def stop(self) -> int:
        """End it as an operator would; returns its exit code."""
        assert self._process
        self._process.terminate()
        self._process.join(END_S_MAX)
        assert self._process.exitcode is not None, f"it does not end:\n{self.log[-3_000:]}"
        return self._process.exitcode

    def get(self, path: str, *, key: str | None = None) -> Any:
        """What it answers to a GET, decoded."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=ANSWER_S_MAX) as response:
            return json.load(response)

    def post(self, path: str, body: bytes, media_type: str = "application/json") -> tuple[int, bytes]:
        """Status and body of its answer to a POST, good or bad."""
        request = urllib.request.Request(self.url + path, body, {"content-type": media_type})
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S_MAX) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def until(self, look: Callable[[], Found | None], *, within_s: float = UNTIL_S_MAX) -> Found:
        """What `look` finds as soon as it finds something; fails with the log when that takes too long."""
        deadline = time.monotonic() + within_s
        while not (found := look()):
            assert time.monotonic() < deadline, f"waited {within_s} s in vain; the server's log:\n{self.log[-3_000:]}"
            assert self._process
            assert self._process.is_alive(), f"the server ended with {self._process.exitcode}:\n{self.log}"
            time.sleep(0.05)
        return found

    def _signal(self, number: signal.Signals) -> int:
        assert self._process
        assert self._process.pid
        os.kill(self._process.pid, number)
        return self._process.pid

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._process and self._process.is_alive():
            self.stop()


def _stands(task: Path) -> bool:
    """Whether a thread was stopped: a signal reaches each of them in its own time."""
    try:
        return (task / "stat").read_text().rpartition(") ")[2].startswith("T")
    except OSError:  # it ended
        return False
