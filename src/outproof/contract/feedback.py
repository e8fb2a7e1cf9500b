"""What a user says of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outproof.core.time import Instant


class Thumbs(StrEnum):
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One word of a user on one answer. `comment` is scrubbed. None: not said."""

    id: str
    answer_id: str
    at: Instant
    thumbs: Thumbs | None
    escalated: bool | None
    comment: str | None
