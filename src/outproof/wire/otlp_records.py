"""OTLP logs requests in protobuf or JSON: bytes in, log records by resource out, alike from both."""

from __future__ import annotations

from typing import Any

import msgspec
from google.protobuf.message import DecodeError

from outproof.wire.logs import Records
from outproof.wire.otlp_json import AnyValue as JsonValue
from outproof.wire.otlp_json import Attributes, KeyValue, Resource, any_bytes, nanos, plain_value
from outproof.wire.otlp_schema import LogsRequest
from outproof.wire.otlp_values import value_of
from outproof.wire.spans import Undecodable


class _Record(msgspec.Struct, rename="camel"):
    time_unix_nano: int | str | None = 0
    observed_time_unix_nano: int | str | None = 0
    event_name: str | None = ""
    trace_id: str | None = ""
    span_id: str | None = ""
    attributes: list[KeyValue] | None = None
    body: JsonValue | None = None


class _ScopeLogs(msgspec.Struct, rename="camel"):
    log_records: list[_Record] | None = None


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: Resource | None = None
    scope_logs: list[_ScopeLogs] | None = None


class _Request(msgspec.Struct, rename="camel"):
    resource_logs: list[_ResourceLogs] | None = None


class _JsonRecord(msgspec.Struct):
    """A record decoded from JSON, in the shape of logs.WireRecord."""

    time_unix_nano: int
    observed_time_unix_nano: int
    event_name: str
    trace_id: bytes
    span_id: bytes
    attributes: Attributes
    body: bytes


_DECODER = msgspec.json.Decoder(_Request)


def records_of_protobuf(body: bytes) -> list[Records]:
    """The records of an ExportLogsServiceRequest in protobuf.

    Raises:
        Undecodable: the bytes are no such request.
    """
    request = LogsRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise Undecodable(f"expected an OTLP request in protobuf, got {len(body)} bytes that are not one") from error
    found = []
    for group in request.resource_logs:
        attributes = group.resource.attributes
        resource = {key: value_of(attributes[key]) for key in attributes}
        found.append(Records(resource, [record for scope in group.scope_logs for record in scope.log_records]))
    return found


def records_of_json(body: bytes) -> list[Records]:
    """The records of an ExportLogsServiceRequest in OTLP/JSON.

    Raises:
        Undecodable: the bytes are no such request.
    """
    try:
        request = _DECODER.decode(body or b"{}")
        return [_records(group) for group in request.resource_logs or ()]
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise Undecodable(f"expected an OTLP request in JSON: {error}") from error


def _records(group: _ResourceLogs) -> Records:
    attributes = (group.resource and group.resource.attributes) or ()
    resource = {item.key: plain_value(item.value) for item in attributes}
    records = [record for scope in group.scope_logs or () for record in scope.log_records or ()]
    return Records(resource, [_json_record(record) for record in records])


def _json_record(record: _Record) -> Any:
    return _JsonRecord(
        time_unix_nano=nanos(record.time_unix_nano),
        observed_time_unix_nano=nanos(record.observed_time_unix_nano),
        event_name=record.event_name or "",
        trace_id=bytes.fromhex(record.trace_id or ""),
        span_id=bytes.fromhex(record.span_id or ""),
        attributes=Attributes(record.attributes),
        body=any_bytes(record.body),
    )
