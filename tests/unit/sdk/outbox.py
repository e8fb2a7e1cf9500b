"""Runs that speak to an outbox, and an outbox that keeps what it is given, for tests to look at."""

import json
from collections.abc import Callable
from typing import Any

from outproof.core.ids import ProjectId
from outproof.sdk.ledger import DropReason
from outproof.sdk.letter import Letter
from outproof.sdk.outbox import Outbox
from outproof.sdk.run import Run
from outproof.sdk.run_name import RunName
from outproof.sdk.speaker import Speaker


def a_run(outbox: Outbox, promise: object, external_id: object = None, evidence: object = None) -> Run:
    return Run(Speaker(outbox, promise, external_id, evidence))


def a_resumed_run(outbox: Outbox, name: RunName | None) -> Run:
    return Run(Speaker.resumed(outbox, name), resumed=True)


class FakeOutbox:
    """Keeps the letters. A sign of life is written down at once, so that each can be looked at."""

    def __init__(self, deploy: str | None = None) -> None:
        self.project = ProjectId("shop")
        self.deploy = deploy
        self.letters: list[Letter] = []
        self.synced: list[bool] = []
        self.notes: list[Letter] = []
        self.lines: list[dict[str, Any]] = []
        self.line_paths: set[str] = set()
        self.completed: list[str] = []
        self.refusals: list[DropReason] = []

    def send(self, letter: Letter, *, synced: bool) -> None:
        self.letters.append(letter)
        self.synced.append(synced)

    def send_latest(self, topic: str, write: Callable[[], Letter], *, pause_s: float) -> None:
        assert pause_s > 0
        self.notes.append(write())

    def add_lines(self, topic: str, path: str, lines: bytes) -> None:
        assert lines.endswith(b"\n")
        self.lines += [json.loads(line) for line in lines.splitlines()]
        self.line_paths.add(path)

    def complete(self, topic: str) -> None:
        self.completed.append(topic)

    def refuse(self, reason: DropReason) -> None:
        self.refusals.append(reason)

    def said(self) -> list[tuple[str, dict[str, Any]]]:
        """Path and body of each letter."""
        bodies = [(letter.path, letter.body) for letter in self.letters]
        return [(path, dict(body)) for path, body in bodies if not isinstance(body, bytes)]

    def claims(self) -> list[tuple[str, str | None]]:
        """Claim and error type of each close."""
        return [(body["claim"], body["error_type"]) for path, body in self.said() if path.endswith("/close")]
