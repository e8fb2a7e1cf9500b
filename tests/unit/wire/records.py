"""Builders of OTLP logs requests in JSON: a valid record in a line."""

from __future__ import annotations

import json
from typing import Any

from outproof.core.time import Instant
from outproof.wire.dialects import aliases
from outproof.wire.logs import LogReading, read_logs
from outproof.wire.otlp_records import records_of_json
from tests.unit.wire.spans import NOW, a_value, attributes


def a_record(event: str, values: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """An event of the span that `a_span` makes, half a second after it began."""
    return {
        "timeUnixNano": str(NOW + 500_000_000),
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "b7ad6b7169203331",
        "eventName": event,
        "attributes": attributes(values or {}),
        **fields,
    }


def a_body_of(values: dict[str, Any]) -> dict[str, Any]:
    pairs = [{"key": key, "value": a_value(value)} for key, value in values.items()]
    return {"kvlistValue": {"values": pairs}}


def a_logs_request(*records: dict[str, Any]) -> bytes:
    resource = {"attributes": attributes({"service.name": "tracking-answerer"})}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": list(records)}]}]}).encode()


def read_records(*records: dict[str, Any], now: Instant = NOW) -> LogReading:
    return read_logs(records_of_json(a_logs_request(*records)), aliases(), now=now)
