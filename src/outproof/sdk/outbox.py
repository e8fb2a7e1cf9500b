"""What a run needs of the process it runs in: where its letters go, and under which project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from outproof.core.ids import ProjectId
from outproof.sdk.ledger import DropReason
from outproof.sdk.letter import Letter


class Outbox(Protocol):
    """Where letters go, and what the run needs to know of the settings."""

    @property
    def project(self) -> ProjectId: ...

    @property
    def deploy(self) -> str | None: ...

    def send(self, letter: Letter, *, synced: bool) -> None:
        """Put a letter on disk: safe from a crash, and from a power cut when `synced`."""

    def send_latest(self, topic: str, write: Callable[[], Letter], *, pause_s: float) -> None:
        """Send the newest letter of a topic, at most one in so many seconds. `write` is called when one is due."""

    def add_lines(self, topic: str, path: str, lines: bytes) -> None:
        """Put lines on disk, to be sent to a path together with others."""

    def complete(self, topic: str) -> None:
        """Put on disk, ready to be sent, what waits for company under a topic."""

    def refuse(self, reason: DropReason) -> None:
        """Count a signal that cannot be sent."""
