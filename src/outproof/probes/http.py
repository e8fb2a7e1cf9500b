"""Looks at a surface over HTTP: what a run must find there in; seen, not seen, or could not look out."""

from __future__ import annotations

from collections.abc import Sequence

from outproof.core.errors import Permanent, Transient
from outproof.egress.http import GuardedClient
from outproof.prove.surface_reading import Look, Sight, reading, unseen

TIMEOUT_S = 10.0
BODY_BYTES_MAX = 1_048_576
_HEADERS = {"user-agent": "outproof-probe", "accept": "*/*", "cache-control": "no-cache"}


class HttpProbe:
    """Reads a URL as a reader of the product would, with one GET; connects nowhere that the guard forbids."""

    def __init__(self, allow: Sequence[str]) -> None:
        self._client = GuardedClient(allow, TIMEOUT_S, BODY_BYTES_MAX)

    def look(self, sight: Sight) -> Look:
        """What is there now. A peer that is away, too slow or not allowed was not seen: that proves nothing."""
        try:
            reply = self._client.request("GET", sight.url, _HEADERS)
        except (Transient, Permanent) as error:
            return unseen(sight, str(error))
        if reply.truncated and sight.needs_body and reply.status == sight.status:
            return unseen(sight, f"the page is longer than {BODY_BYTES_MAX} bytes, so it was not read")
        return reading(sight, reply.status, reply.body)
