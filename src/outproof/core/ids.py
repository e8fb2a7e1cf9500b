"""Names of things: content in, stable ids out. Equal content gives an equal id: a retry names the same thing."""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256
from typing import NewType

ProjectId = NewType("ProjectId", str)
RunId = NewType("RunId", str)
SignalId = NewType("SignalId", str)
IncidentId = NewType("IncidentId", str)
NoticeId = NewType("NoticeId", str)
"""The id of one notification to one channel; stable over its delivery attempts (`webhook-id` on the wire)."""

DEFAULT_PROJECT = ProjectId("default")


def digest_id(prefix: str, *parts: str) -> str:
    """`prefix_` and 26 letters and digits that depend on every part (130 bits of SHA-256).

    Parts are length-prefixed, so ("ab", "c") and ("a", "bc") differ.
    """
    framed = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return f"{prefix}_{b32encode(sha256(framed).digest()).decode().lower()[:26]}"


def run_id(project: ProjectId, promise: str, external_id: str) -> RunId:
    """The id of a run: the same for everyone who knows the promise and the run's own id, on every host."""
    return RunId(digest_id("run", project, promise, external_id))


def incident_id(project: ProjectId, key: str, opened_at: int) -> IncidentId:
    """The id of the incident that opened for `key` at that instant."""
    return IncidentId(digest_id("inc", project, key, str(opened_at)))


def notice_id(incident: IncidentId, generation: int, channel: str) -> NoticeId:
    """The id of what one channel is told about one generation of an incident."""
    return NoticeId(digest_id("msg", incident, str(generation), channel))
