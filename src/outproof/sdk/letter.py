"""A signal as it is written to the spool: where it goes and what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """One REST request to come. `id` names it for good: the server takes the same id once."""

    id: str
    path: str
    body: Mapping[str, object]

    def content(self) -> bytes:
        """The file in the spool."""
        return json.dumps({"id": self.id, "path": self.path, "body": self.body}, allow_nan=False).encode()

    def body_json(self) -> bytes:
        return json.dumps(self.body, allow_nan=False).encode()


def letter_from(content: bytes) -> Letter | None:
    """The letter in a file of the spool; None when it isn't one, such as a file cut short by a power failure."""
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        return None
    match fields:
        case {"id": str(letter_id), "path": str(path), "body": dict(body)} if path.startswith("/v1/"):
            return Letter(letter_id, path, body)
    return None
