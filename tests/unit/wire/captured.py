"""Spans of real captures as messages, to build the traps of real wires from: copied, changed, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from outproof.wire.answers import Reader
from outproof.wire.dialects import aliases
from outproof.wire.otlp_protobuf import scopes_of_protobuf
from tests.unit.wire.captures import CAPTURED_AT

MS = 1_000_000


class Captured:
    """The spans of one recorded client, in the order they began."""

    def __init__(self, realcases: Path, client: str) -> None:
        request = ExportTraceServiceRequest.FromString((realcases / "wire" / f"{client}.pb").read_bytes())
        scopes = [scope for group in request.resource_spans for scope in group.scope_spans]
        self.scope = scopes[0].scope.name
        self.spans = sorted((span for scope in scopes for span in scope.spans), key=lambda s: s.start_time_unix_nano)

    def having(self, **values: Any) -> Span:
        """A copy of the first span with these attribute values; `__` stands for a dot."""
        wanted = {name.replace("__", "."): value for name, value in values.items()}
        found = next(span for span in self.spans if wanted.items() <= attributes(span).items())
        copy = Span()
        copy.CopyFrom(found)
        return copy


def attributes(span: Span) -> dict[str, Any]:
    """The scalar attributes of a span."""
    kinds = ((item.key, item.value, item.value.WhichOneof("value")) for item in span.attributes)
    return {key: getattr(value, kind) for key, value, kind in kinds if kind and kind.endswith("_value")}


def put(span: Span, **values: Any) -> Span:
    """The span with these attributes; None takes one away."""
    names = {name.replace("__", "."): value for name, value in values.items()}
    kept = [item for item in span.attributes if item.key not in names]
    del span.attributes[:]
    span.attributes.extend(kept)
    for name, value in names.items():
        if value is not None:
            kind = {bool: "bool_value", int: "int_value", float: "double_value"}.get(type(value), "string_value")
            setattr(span.attributes.add(key=name).value, kind, value)
    return span


def twin(span: Span, number: int, *, parent: Span | None = None, later_ms: float = 0, shorter_ms: float = 0) -> Span:
    """The span once more with an id of its own, inside `parent` or beside it."""
    copy = Span()
    copy.CopyFrom(span)
    copy.span_id = number.to_bytes(8, "big")
    copy.parent_span_id = parent.span_id if parent is not None else span.parent_span_id
    copy.start_time_unix_nano += round(later_ms * MS)
    copy.end_time_unix_nano += round((later_ms - shorter_ms) * MS)
    return copy


def request(*scopes: tuple[str, list[Span]], service: str = "app") -> bytes:
    """A request of one service, with the spans of each scope."""
    message = ExportTraceServiceRequest()
    group = message.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = service
    for name, spans in scopes:
        scope = group.scope_spans.add()
        scope.scope.name = name
        scope.spans.extend(spans)
    return message.SerializeToString()


def read(*bodies: bytes) -> list[dict[str, Any]]:
    """The rows of requests, in the order their spans began; each request is read on its own."""
    rows = []
    reader = Reader(aliases(["app"]))
    for body in bodies:
        columns = reader.read(scopes_of_protobuf(body), now=CAPTURED_AT).columns
        count = len(columns["span_id"])
        rows += [{name: values[index] for name, values in columns.items()} for index in range(count)]
    return sorted(rows, key=lambda row: (row["started_at"], row["span_id"]))


def calls(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["is_call"]]
