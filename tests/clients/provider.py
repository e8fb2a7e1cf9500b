"""The recorded cases' mock provider as a process: it answers as real ones do, and writes down what it served.

python -m tests.clients.provider SCRIPT TRUTH        serves on a free port, which it prints
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WRITTEN_S_MAX = 60.0
_CALLS = ("/chat/completions", "/messages", "/embeddings", "/responses", "/api/chat", "/api/generate")


class Provider:
    """One provider for one program, on a free port."""

    def __init__(self, realcases: Path, truth: Path) -> None:
        self._script = realcases / "clients" / "mock_llm.py"
        self._truth = truth
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def served(self, count: int) -> list[dict[str, Any]]:
        """The calls in the order they came, once there are so many: one that was left is written down late."""
        deadline = time.monotonic() + WRITTEN_S_MAX
        while True:
            whole = self._truth.read_text().split("\n")[:-1]  # the last line may be half written
            lines = [json.loads(line) for line in whole]
            calls = sorted((line for line in lines if line["path"].endswith(_CALLS)), key=lambda line: line["n"])
            if len(calls) >= count or time.monotonic() > deadline:
                return calls
            time.sleep(0.05)

    def __enter__(self) -> Provider:
        self._truth.touch()
        command = [sys.executable, "-m", "tests.clients.provider", str(self._script), str(self._truth)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout
        with self._process.stdout as told:
            port = told.readline().strip()
        assert port, f"no provider: it ended with {self._process.wait(WRITTEN_S_MAX)}"
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait(WRITTEN_S_MAX)


def main() -> None:
    script, truth = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("mock_llm", script)
    assert spec
    assert spec.loader
    mock: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mock)
    mock.TRUTH = truth
    server = ThreadingHTTPServer(("127.0.0.1", 0), mock.H)
    server.daemon_threads = True
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
