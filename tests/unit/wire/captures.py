"""Recorded requests of real clients, and what is known of the calls in them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outproof.core.time import Instant
from outproof.wire.answers import Reader, Reading
from outproof.wire.dialects import aliases
from outproof.wire.otlp_json import scopes_of_json
from outproof.wire.otlp_protobuf import scopes_of_protobuf

CAPTURED_AT = Instant(1_795_220_000 * 10**9)


@dataclass(frozen=True)
class Capture:
    client: str
    media_type: str
    body: bytes


def captures(realcases: Path) -> Iterator[Capture]:
    """The trace requests of every recorded client, unpacked."""
    for head in sorted((realcases / "wire" / "raw").glob("*/*-traces.head")):
        headers = {key.lower(): value for key, value in json.loads(head.read_text())["headers"].items()}
        body = head.with_suffix(".body").read_bytes()
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        yield Capture(head.parent.name, headers["content-type"], body)


def read(capture: Capture) -> Reading:
    scopes = scopes_of_json if "json" in capture.media_type else scopes_of_protobuf
    return Reader(aliases(["app"])).read(scopes(capture.body), now=CAPTURED_AT)


def rows(realcases: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Every captured span by client and span id, as a row."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for capture in captures(realcases):
        reading = read(capture)
        for index, span_id in enumerate(reading.columns["span_id"]):
            row = {name: values[index] for name, values in reading.columns.items()}
            found.setdefault(capture.client, {})[f"{span_id:016x}"] = row
    return found
