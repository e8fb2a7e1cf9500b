"""A model provider on loopback that says what it served, and what the SDK made of it, side by side."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import outproof
from tests.integration.sdk_receiver import Receiver, a_port, attributes, until


@dataclass(frozen=True)
class Provider:
    """`seen`: how many calls it had told of when the test began; of those that were cut it tells a little late."""

    url: str
    log: Path
    seen: int = 0

    def served(self, case: str) -> dict[str, Any]:
        """What it says of the newest answer of this case that was heard to its end, once it has said so."""
        until(lambda: self._of(case))
        return self._of(case)[-1]

    def _of(self, case: str) -> list[dict[str, Any]]:
        lines = [line for line in self.lines()[self.seen :] if line.endswith("\n")]
        calls = [call for call in map(json.loads, lines) if call["case"] == case]
        return [call for call in calls if "text" in call]  # no refusal, no stream that was left, no embedding

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines(keepends=True) if self.log.exists() else []


@contextmanager
def providing(realcases: Path, folder: Path) -> Iterator[Provider]:
    """The provider while the block lasts."""
    log = folder / "served.jsonl"
    program = [sys.executable, str(realcases / "clients" / "mock_llm.py"), "--truth", str(log), "--port"]
    with a_port() as port:
        process = subprocess.Popen([*program, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield Provider(f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the provider did not start"
            time.sleep(0.02)


class Told:
    """What the SDK told of answers, in the order they ended."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._seen = 0

    def spans(self) -> list[Any]:
        """Spans that arrived since the last look."""
        assert outproof.flush(60.0), outproof.stats()
        spans = self._receiver.spans()
        new, self._seen = spans[self._seen :], len(spans)
        return new

    def facts(self) -> dict[str, Any]:
        """Of the one answer that ended since the last look: its attributes, `seconds` and `name` among them."""
        (span,) = self.spans()
        seconds = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9
        return attributes(span) | {"seconds": seconds, "name": span.name, "failed": span.status.code == 2}
