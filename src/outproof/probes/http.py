"""Looks at a surface over HTTP: what a run must find there in; seen, not seen, or could not look out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from outproof.core.errors import Permanent, Transient
from outproof.egress.http import GuardedClient, Resolver, resolve
from outproof.prove.http_sight import HttpSight, http_reading
from outproof.prove.look import Look, unseen

TIMEOUT_S = 10.0
BODY_BYTES_MAX = 1_048_576
_HEADERS = {"user-agent": "outproof-probe", "accept": "*/*", "cache-control": "no-cache"}


class HttpProbe:
    """Reads a URL as a reader of the product would, with one GET; connects nowhere that the guard forbids."""

    def __init__(
        self,
        allow: Sequence[str],
        *,
        environment: Mapping[str, str] = os.environ,
        resolver: Resolver = resolve,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._client = GuardedClient(allow, timeout_s, BODY_BYTES_MAX, resolver=resolver)
        self._environment = environment

    def look(self, sight: HttpSight) -> Look:
        """What is there now. A peer that is away, too slow or not allowed was not seen: that proves nothing."""
        secrets: dict[str, str] = {}
        for header, variable in sight.surface.headers_env.items():
            value = self._environment.get(variable, "")
            if not value.strip() or not (value.isascii() and value.isprintable()):  # checked here, so it is not quoted
                return unseen(sight.shown, f"expected the environment variable {variable} to hold one line of ASCII")
            secrets[header.lower()] = value.strip()
        try:
            reply = self._client.request("GET", sight.url, {**_HEADERS, **secrets})
        except (Transient, Permanent) as error:
            return unseen(sight.shown, str(error))
        if reply.truncated and sight.needs_body and reply.status == sight.surface.status:
            return unseen(sight.shown, f"the page is longer than {BODY_BYTES_MAX} bytes, so it was not read")
        return http_reading(sight, reply.status, reply.headers, reply.body)
