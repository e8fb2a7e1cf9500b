"""Builders of OTLP trace requests in JSON: a valid span in a line."""

from __future__ import annotations

import json
import math
from typing import Any

from outproof.core.time import Instant
from outproof.wire.answers import Reader, Reading
from outproof.wire.dialects import aliases
from outproof.wire.otlp_json import scopes_of_json

NOW = Instant(1_795_220_000 * 10**9)


def a_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else "Infinity"}
    if isinstance(value, list):
        return {"arrayValue": {"values": [a_value(item) for item in value]}}
    return {"stringValue": value}


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": a_value(value)} for key, value in values.items()]


def a_span(values: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A span of 400 ms that starts now, with these attributes."""
    return {
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "b7ad6b7169203331",
        "name": "chat",
        "startTimeUnixNano": str(NOW),
        "endTimeUnixNano": str(NOW + 400_000_000),
        "attributes": attributes(values or {}),
        **fields,
    }


def a_request(*spans: dict[str, Any], scope: str = "test", **resource: Any) -> bytes:
    resource = {"service.name": "tracking-answerer", **resource}
    scope_spans = [{"scope": {"name": scope}, "spans": list(spans)}]
    wire = {"resourceSpans": [{"resource": {"attributes": attributes(resource)}, "scopeSpans": scope_spans}]}
    return json.dumps(wire).encode()


def read(
    *spans: dict[str, Any],
    namespaces: tuple[str, ...] = (),
    now: Instant = NOW,
    service: str = "tracking-answerer",
) -> Reading:
    request = a_request(*spans, **{"service.name": service})
    return Reader(aliases(namespaces)).read(scopes_of_json(request), now=now)


def row_of(values: dict[str, Any], namespaces: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    """The one row that a span with these attributes becomes."""
    columns = read(a_span(values, **fields), namespaces=namespaces).columns
    return {name: column[0] for name, column in columns.items()}
