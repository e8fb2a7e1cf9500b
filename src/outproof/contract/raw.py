"""Raw access: who may see contents as they came, why and until when; and one such content. Never part of a record."""

from __future__ import annotations

from dataclasses import dataclass

from outproof.core.time import Instant

CONTENT_CHARS_MAX = 65_536
CONTENTS_PER_GRANT_MAX = 10_000
"""Then nothing more is recorded under a grant: it is for looking at a few answers, not for keeping all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawGrant:
    """Leave to record contents and to read them, until `expires_at` or `revoked_at`; then they are erased."""

    id: str
    by: str
    reason: str
    made_at: Instant
    expires_at: Instant
    revoked_at: Instant | None = None
    contents: int = 0

    def is_live(self, now: Instant) -> bool:
        """Whether contents are recorded and may be read under it."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class RawContent:
    """One attribute of a span, unscrubbed. `name` is the attribute's, as the emitter wrote it."""

    trace_id: bytes
    span_id: bytes
    name: str
    text: str
    at: Instant
