"""The API as the server describes it and as the pages were typed from it: one and the same."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar

from outproof.server.app import api

DESCRIBED = Path(__file__).resolve().parents[2] / "web" / "openapi.json"
GIVEN = (
    "store",
    "clock",
    "project",
    "declared",
    "windows",
    "traces",
    "changes",
    "health",
    "access",
    "in_force",
    "reloader",
    "followed",
    "terms",
    "handoffs",
    "signer",
    "raw",
    "cost_desk",
    "scraping",
)


@asynccontextmanager
async def nothing(_: Litestar) -> AsyncIterator[None]:
    yield


def described() -> Any:
    """What GET /v1/openapi.json answers."""
    schema = api(dict.fromkeys(GIVEN), nothing).openapi_schema.to_schema()
    return msgspec.json.decode(msgspec.json.encode(schema))


def test_the_pages_are_typed_from_what_the_server_answers() -> None:
    assert json.loads(DESCRIBED.read_text()) == described(), (
        "the API changed: save /v1/openapi.json of a server as web/openapi.json, then `npm run generate` in web/"
    )


def test_every_route_is_described_with_a_sentence() -> None:
    silent = [
        f"{method} {path}"
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
        if not operation.get("description") and not operation.get("summary")
    ]
    assert silent == []
