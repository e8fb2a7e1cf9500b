"""The server as one ASGI application: access first, then OTLP, the API, or the UI."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from outproof.core.version import VERSION
from outproof.respond.packet_page import STYLE_HASH
from outproof.server import (
    alert_ledger,
    alertmanager_in,
    answers,
    audit,
    conservation,
    cost,
    drills,
    feedback,
    handoff,
    heartbeats,
    incident_acts,
    incident_changes,
    incidents,
    items,
    metrics,
    packets,
    pings,
    plans,
    policies,
    promises,
    quarantine,
    rate_cards,
    raw,
    routes,
    runs,
    scrubbing,
    silences,
    slack,
    system,
    traces,
    trials,
)
from outproof.server.access import Access, Refused, Request
from outproof.server.body import BODY_BYTES_MAX, Disconnected
from outproof.server.failures import HANDLERS
from outproof.server.otlp import JSON, PATHS, PROTOBUF, Receiver, status_body
from outproof.server.ui import Pages
from outproof.wire.pings import full_path

Message = MutableMapping[str, Any]
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]

_CSP = (
    f"default-src 'self'; style-src 'self' {STYLE_HASH}; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_SECURITY_HEADERS = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_API_PREFIXES = ("/v1/", "/healthz", "/readyz", "/metrics", "/ping/", "/p/")
_UNAUTHENTICATED, _PERMISSION_DENIED = 16, 7


def api(given: Mapping[str, Any], lifespan: Lifespan, asked: Mapping[str, Callable[[], Any]] | None = None) -> Litestar:
    """The REST API. `given` is what handlers may ask for by name; `asked` is what is asked for at each request."""
    modules = (
        *(alert_ledger, alertmanager_in, answers, audit, conservation, cost, drills, feedback, handoff, heartbeats),
        *(incident_acts, incident_changes, incidents, items, metrics, packets, pings, plans, policies, promises),
        *(quarantine, rate_cards, raw, routes, runs, scrubbing, silences, slack, system, traces, trials),
    )
    return Litestar(
        [handler for module in modules for handler in module.HANDLERS],
        dependencies={
            name: Provide(provider, sync_to_thread=False)
            for name, provider in ({name: _always(value) for name, value in given.items()} | dict(asked or {})).items()
        },
        exception_handlers=HANDLERS,
        lifespan=[lifespan],
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=OpenAPIConfig(
            title="Outproof",
            version=VERSION,
            path="/v1/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            use_handler_docstrings=True,
        ),
        logging_config=None,
    )


def _always(value: Any) -> Callable[[], Any]:
    return lambda: value


class Server:
    """Routes a request by its path. OTLP goes past the framework: it is the hot path and has its own error format."""

    def __init__(self, access: Access, receiver: Receiver, api: Litestar, pages: Pages) -> None:
        self._access = access
        self._receiver = receiver
        self._api = api
        self._pages = pages

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._api(scope, receive, send)
            return
        request_id = secrets.token_hex(8).encode()
        scope["request_id"] = request_id.decode()
        send = _with_headers(send, ((b"x-request-id", request_id), *_SECURITY_HEADERS))
        path, method = scope["path"], scope["method"]
        if (ping := full_path(path)) is not None:
            path = scope["path"] = ping
        headers = dict(scope["headers"])
        try:
            text = {key.decode("latin-1"): value.decode("latin-1") for key, value in headers.items()}
            self._access.check(Request(method, path, text))
        except Refused as error:
            await _send(send, error.status, *_refusal(path, headers, error))
            return
        if path in PATHS:
            await self._otlp(method, path, headers, receive, send)
        elif path.startswith(_API_PREFIXES):
            await self._api(scope, receive, send)
        else:
            await self._page(method, path, headers, send)

    async def _otlp(self, method: str, path: str, headers: dict[bytes, bytes], receive: Any, send: Any) -> None:
        try:
            answer = await self._receiver.answer(method, path, headers, receive)
        except Disconnected:
            return
        await _send(send, answer.status, answer.media_type, answer.body, answer.headers)

    async def _page(self, method: str, path: str, headers: dict[bytes, bytes], send: Any) -> None:
        if method not in ("GET", "HEAD"):
            await _send(send, 405, "text/plain", b"expected GET", ((b"allow", b"GET, HEAD"),))
            return
        asset = self._pages.page(path)
        if asset is None:
            await _send(send, 404, "text/plain", b"no such file: reload the page, a newer version may be there")
            return
        cache = b"public, max-age=31536000, immutable" if asset.forever else b"no-cache"
        shared = ((b"etag", asset.etag.encode()), (b"cache-control", cache))
        if headers.get(b"if-none-match") == asset.etag.encode():
            await _send(send, 304, asset.media_type, b"", shared)
        else:
            await _send(send, 200, asset.media_type, b"" if method == "HEAD" else asset.body, shared)


def _refusal(path: str, headers: dict[bytes, bytes], error: Refused) -> tuple[str, bytes]:
    media_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    code = _UNAUTHENTICATED if error.status == 401 else _PERMISSION_DENIED
    if path in PATHS and media_type == PROTOBUF:
        return PROTOBUF, status_body(PROTOBUF, code, str(error))
    return JSON, status_body(JSON, error.status if path not in PATHS else code, str(error))


def _with_headers(send: Any, extra: tuple[tuple[bytes, bytes], ...]) -> Any:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *extra]
        await send(message)

    return sending


async def _send(
    send: Any, status: int, media_type: str, body: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    length = ((b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": [*length, *headers]})
    await send({"type": "http.response.body", "body": body})
