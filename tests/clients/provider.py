"""The recorded cases' mock provider as a process: it answers as real ones do, and writes down what it served."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

START_S_MAX = 20.0
_CALLS = ("/chat/completions", "/messages", "/embeddings", "/responses", "/api/chat", "/api/generate")


class Provider:
    """One provider for one program, on a free port."""

    def __init__(self, realcases: Path, truth: Path) -> None:
        self._script = realcases / "clients" / "mock_llm.py"
        self._truth = truth
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def served(self, count: int) -> list[dict[str, Any]]:
        """The calls in the order they came, once there are so many: one that was left is written down late."""
        deadline = time.monotonic() + 10
        while True:
            lines = [json.loads(line) for line in self._truth.read_text().splitlines()]
            calls = sorted((line for line in lines if line["path"].endswith(_CALLS)), key=lambda line: line["n"])
            if len(calls) >= count or time.monotonic() > deadline:
                return calls
            time.sleep(0.05)

    def __enter__(self) -> Provider:
        self._truth.touch()
        command = [sys.executable, str(self._script), "--port", str(self._port), "--truth", str(self._truth)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S_MAX
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self._port), 0.2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        raise AssertionError(f"no provider at {self.url} within {START_S_MAX} s")

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait(10)
