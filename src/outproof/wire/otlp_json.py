"""OTLP trace requests in JSON: bytes in, scopes of spans out, the same as from protobuf.

OTLP/JSON is not proto3 JSON: ids are hex, enums are numbers, keys are lowerCamelCase only, unknown keys are ignored.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from outproof.wire.otlp_values import Value, bytes_of
from outproof.wire.spans import Scope, Undecodable

_UINT64_MAX = 2**64 - 1


class AnyValue(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: _Array | None = None
    kvlist_value: KeyValues | None = None
    bytes_value: str | None = None


class _Array(msgspec.Struct):
    values: list[AnyValue] | None = None


class KeyValue(msgspec.Struct):
    key: str = ""
    value: AnyValue | None = None


class KeyValues(msgspec.Struct):
    values: list[KeyValue] | None = None


class _Event(msgspec.Struct):
    name: str | None = ""
    timeUnixNano: int | str | None = 0
    attributes: list[KeyValue] | None = None


class _Status(msgspec.Struct):
    code: int | None = 0


class _Span(msgspec.Struct, rename="camel"):
    name: str | None = ""
    trace_id: str | None = ""
    span_id: str | None = ""
    trace_state: str | None = ""
    parent_span_id: str | None = ""
    kind: int | None = 0
    start_time_unix_nano: int | str | None = 0
    end_time_unix_nano: int | str | None = 0
    attributes: list[KeyValue] | None = None
    events: list[_Event] | None = None
    status: _Status | None = None


class _Scope(msgspec.Struct):
    name: str | None = ""


class _ScopeSpans(msgspec.Struct):
    scope: _Scope | None = None
    spans: list[_Span] | None = None


class Resource(msgspec.Struct):
    attributes: list[KeyValue] | None = None


class _ResourceSpans(msgspec.Struct, rename="camel"):
    resource: Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _Request(msgspec.Struct, rename="camel"):
    resource_spans: list[_ResourceSpans] | None = None


_DECODER = msgspec.json.Decoder(_Request)


class Attributes(Mapping[str, bytes]):
    """Attributes as an exporter in protobuf would have sent them, each encoded when it is asked for."""

    __slots__ = ("_values",)

    def __init__(self, attributes: list[KeyValue] | None) -> None:
        self._values = {item.key: item.value for item in attributes or ()}

    def __getitem__(self, key: str) -> bytes:
        return any_bytes(self._values[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class _JsonEvent(msgspec.Struct):
    name: str
    time_unix_nano: int
    attributes: Attributes


class _JsonStatus(msgspec.Struct):
    code: int


class _JsonSpan(msgspec.Struct):
    """A span decoded from JSON, in the shape of spans.WireSpan."""

    name: str
    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes
    trace_state: str
    start_time_unix_nano: int
    end_time_unix_nano: int
    attributes: Attributes
    events: list[_JsonEvent]
    status: _JsonStatus


def scopes_of_json(body: bytes) -> Iterator[Scope]:
    """The scopes of an ExportTraceServiceRequest in OTLP/JSON.

    Raises:
        Undecodable: at once, before the first scope.
    """
    try:
        request = _DECODER.decode(body or b"{}")
        scopes = list(_walk_json(request))
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise Undecodable(
            f"expected an ExportTraceServiceRequest in OTLP/JSON (hex ids, numeric enums, lowerCamelCase keys): {error}"
        ) from error
    return iter(scopes)


def _walk_json(request: _Request) -> Iterator[Scope]:
    for resource_spans in request.resource_spans or ():
        attributes = (resource_spans.resource and resource_spans.resource.attributes) or ()
        resource = {item.key: plain_value(item.value) for item in attributes}
        for scope_spans in resource_spans.scope_spans or ():
            name = (scope_spans.scope and scope_spans.scope.name) or ""
            yield Scope(resource, [_json_span(span) for span in scope_spans.spans or ()], name)


def _json_span(span: _Span) -> Any:
    return _JsonSpan(
        name=span.name or "",
        trace_id=bytes.fromhex(span.trace_id or ""),
        span_id=bytes.fromhex(span.span_id or ""),
        parent_span_id=bytes.fromhex(span.parent_span_id or ""),
        trace_state=span.trace_state or "",
        start_time_unix_nano=nanos(span.start_time_unix_nano),
        end_time_unix_nano=nanos(span.end_time_unix_nano),
        attributes=Attributes(span.attributes),
        events=[_JsonEvent(e.name or "", nanos(e.timeUnixNano), Attributes(e.attributes)) for e in span.events or ()],
        status=_JsonStatus((span.status.code if span.status else None) or 0),
    )


def nanos(value: int | str | None) -> int:
    """A time in nanoseconds, as number or text; 0 where there is none."""
    nanos = int(value or 0)
    if not 0 <= nanos <= _UINT64_MAX:
        raise ValueError(f"expected a time in nanoseconds that fits 64 bits, got {nanos}")
    return nanos


def any_bytes(value: AnyValue | None) -> bytes:
    """The value as an exporter in protobuf would have sent it; no bytes for what is no OTLP value."""
    try:
        return bytes_of(plain_value(value))
    except ValueError:  # a span is still good without one attribute
        return b""


def plain_value(value: AnyValue | None) -> Value:
    """What an AnyValue in JSON holds."""
    if value is None:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return int(value.int_value)
    if value.bool_value is not None:
        return value.bool_value
    if value.double_value is not None:
        return float(value.double_value)
    if value.array_value is not None:
        return [plain_value(item) for item in value.array_value.values or ()]
    if value.kvlist_value is not None:
        return {item.key: plain_value(item.value) for item in value.kvlist_value.values or ()}
    if value.bytes_value is not None:
        return a2b_base64(value.bytes_value)
    return None
