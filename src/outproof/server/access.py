"""Who may do what: a request in; passed or refused out. Everything that is not listed needs an admin key."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from outproof.core.errors import Permanent
from outproof.core.keys import Scope, key_digest


class Refused(Permanent):
    """The request may not do that. `status` is the HTTP status to answer with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


_INGEST_PATHS = (
    *("/v1/traces", "/v1/metrics", "/v1/logs", "/v1/feedback", "/v1/runs"),
    *("/v1/statements", "/v1/alertmanager"),
)
_SCRAPED_PATH = "/metrics"
_PING_PATHS = ("/ping/", "/p/")
"""What is in the path opens them, a secret of the promise or a key: see server/pings.py."""

_PUBLIC_PATHS = frozenset({"/healthz", "/readyz", "/v1/session", "/v1/slack/actions"})
"""The last one believes Slack's signature, and no key or cookie."""

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
COOKIE = "outproof_key"
KNOWN_S = 5.0
"""How long a looked-up key is believed: a revoked key stops working within this."""


@dataclass(frozen=True, slots=True)
class Request:
    """What access depends on."""

    method: str
    path: str
    headers: Mapping[str, str]


class Access:
    """Decides over requests. `scope_of` looks up the digest of a key; None makes the server open to its own host."""

    def __init__(
        self, scope_of: Callable[[str], Scope | None] | None, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._scope_of = scope_of
        self._seconds = seconds
        self._known: dict[str, tuple[Scope | None, float]] = {}

    @property
    def open(self) -> bool:
        """Whether no key is needed, because only this host can reach the server."""
        return self._scope_of is None

    def check(self, request: Request) -> None:
        """Let a request pass.

        Raises:
            Refused: 401 without a valid key, 403 with the wrong one or from a foreign page, 421 for a foreign host.
        """
        self._check_page(request)
        if self.open or _is_public(request) or _is_ping(request):
            return
        scope = self._scope(key_of(request.headers))
        if scope is None:
            raise Refused(401, "expected an API key as `Authorization: Bearer op_…`; this one is missing or unknown")
        if scope is Scope.METRICS and not _is_scrape(request):
            raise Refused(403, f"a metrics key opens /metrics; {request.method} {request.path} needs an admin key")
        if scope is Scope.INGEST and not _is_ingest(request):
            raise Refused(403, f"an ingest key may only send; {request.method} {request.path} needs an admin key")

    def signed_in(self, headers: Mapping[str, str]) -> bool:
        """Whether a request's key would let it read."""
        return self.open or self._scope(key_of(headers)) is Scope.ADMIN

    def may_send(self, key: str) -> bool:
        """Whether whoever holds a key may report runs."""
        return self.open or self._scope(key) in (Scope.INGEST, Scope.ADMIN)

    def _check_page(self, request: Request) -> None:
        """Refuse what a page of another site makes a browser send (rebinding, cross-site requests)."""
        host = request.headers.get("host", "")
        if self.open and host and _hostname(host) not in _LOOPBACK_HOSTS:
            raise Refused(
                421, f"expected Host localhost or 127.0.0.1, got {host!r}: this server is open to its own host only"
            )
        origin = request.headers.get("origin")
        if _is_ping(request):
            if self.open and request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
                raise Refused(403, "expected a ping of a program, got one of another site's page")
            if not self.open:
                return  # a page that knows the secret may use it, as a program may
        if origin and request.method not in ("GET", "HEAD") and origin.partition("://")[2] != host:
            raise Refused(403, f"expected a request of this site's own pages, got one of {origin!r}")

    def _scope(self, key: str | None) -> Scope | None:
        if key is None or self._scope_of is None:
            return None
        hashed, now = key_digest(key), self._seconds()
        scope, until = self._known.get(hashed, (None, float("-inf")))
        if until < now:
            scope = self._scope_of(hashed)
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[hashed] = (scope, now + KNOWN_S)
        return scope


def key_of(headers: Mapping[str, str]) -> str | None:
    """The key a request carries: as a bearer token, or as the cookie of a signed-in browser."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    for pair in headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value or None
    return None


def _hostname(host: str) -> str:
    return host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host


def _is_public(request: Request) -> bool:
    """Pages and their assets hold no data; what they show comes from /v1."""
    if request.path in _PUBLIC_PATHS:
        return True
    return request.method in ("GET", "HEAD") and not request.path.startswith(("/v1/", _SCRAPED_PATH))


def _is_scrape(request: Request) -> bool:
    return request.method in ("GET", "HEAD") and request.path == _SCRAPED_PATH


def _is_ping(request: Request) -> bool:
    return request.path.startswith(_PING_PATHS)


def _is_ingest(request: Request) -> bool:
    if request.method != "POST":
        return False
    if request.path.startswith("/v1/promises/") and request.path.endswith("/heartbeat"):
        return True
    return any(request.path == path or request.path.startswith(f"{path}/") for path in _INGEST_PATHS)
