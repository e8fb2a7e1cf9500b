"""One use of a tool, as the rules about loops see it: names, hashes and times; never what the tool was called with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from outproof.core.time import Instant

PENDING = "pending"
"""The status of a tool that has nothing yet, where asking again is meant."""
FAILED = frozenset({"error", "failed", "failure", "timeout"})
"""What a tool's status is called, by whoever wrote it, when it failed."""

_HASH_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStep:
    """One call of a tool.

    `input_hash` None: nobody said what it was called with, so it is like no other call. `status` is `ok`, `error`,
    `pending` or a word of the application's. `progress` is a marker that moves whenever the work gets further; None:
    nobody tells. `call_id` is shared by spans that tell of the same call.
    """

    tool: str
    started_at: Instant
    ended_at: Instant
    input_hash: str | None = None
    status: str | None = None
    progress: str | None = None
    call_id: str | None = None

    @property
    def failed(self) -> bool:
        return self.status is not None and self.status.lower() in FAILED


def step_of(row: Mapping[str, Any], started_at: Instant) -> ToolStep:
    """The use of a tool that a span tells of. Where an emitter has one name for both, it is the tool's."""
    return ToolStep(
        tool=str(row["tool"] or row["agent"]),
        started_at=started_at,
        ended_at=Instant(started_at + (row["duration_us"] or 0) * 1_000),
        input_hash=row["tool_input_hash"],
        status="error" if row["failed"] else row["tool_status"],
        progress=row["progress"],
        call_id=row["tool_call_id"],
    )


def input_hash(given: object, *, key: bytes = b"") -> str | None:
    """What stands for what a tool is called with, whatever the order of its fields. None: it cannot be written down.

    >>> input_hash({"a": 1, "b": 2}) == input_hash({"b": 2, "a": 1})
    True
    """
    try:
        written = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # no JSON: an object of the application's
        return None
    return blake2b(written.encode(errors="replace"), digest_size=_HASH_BYTES, key=key).hexdigest()
