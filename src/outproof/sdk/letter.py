"""A signal as it is written to the spool: where it goes and what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

JSON = "application/json"
LINES = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Letter:
    """One REST request to come. `id` names it for good: the server takes the same id once.

    The body is one JSON object, or lines of JSON that end in a line break each. Of letters that share a `topic` only
    the newest matters: it takes the place of those that still wait.
    """

    id: str
    path: str
    body: Mapping[str, object] | bytes
    topic: str | None = None

    @property
    def media_type(self) -> str:
        return LINES if isinstance(self.body, bytes) else JSON

    @property
    def items(self) -> int:
        """How many things it says: lines, or the one object."""
        return self.body.count(b"\n") if isinstance(self.body, bytes) else 1

    @property
    def topic_digest(self) -> str | None:
        """The topic as it stands in the name of a file."""
        return None if self.topic is None else sha256(self.topic.encode()).hexdigest()[:16]

    def content(self) -> bytes:
        """The file in the spool: one JSON object; for lines its first line is the address."""
        if isinstance(self.body, bytes):
            return address_line(self.id, self.path) + self.body
        return json.dumps({"id": self.id, "path": self.path, "body": self.body}, allow_nan=False).encode()

    def payload(self) -> bytes:
        """The body as it is sent."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, allow_nan=False).encode()


def address_line(letter_id: str, path: str) -> bytes:
    """The first line of a file of lines."""
    return json.dumps({"id": letter_id, "path": path}).encode() + b"\n"


def letter_from(content: bytes) -> Letter | None:
    """The letter in a file of the spool; None when it isn't one, such as a file cut short by a power failure."""
    head, _, lines = content.partition(b"\n")
    try:
        fields = json.loads(head)
    except (ValueError, RecursionError):
        return None
    match fields:
        case {"id": str(letter_id), "path": str(path), "body": dict(body)} if path.startswith("/v1/"):
            return Letter(letter_id, path, body)
        case {"id": str(letter_id), "path": str(path)} if path.startswith("/v1/") and lines and "body" not in fields:
            return Letter(letter_id, path, lines)
    return None


def whole_lines(content: bytes) -> bytes:
    """What a file of lines holds that can be read: all of it, unless its writer or its machine died over the last."""
    kept = [line for line in content.splitlines(keepends=True) if line.endswith(b"\n") and _is_json(line)]
    return b"".join(kept)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
