"""The part of OTLP that we read and write, as protobuf message classes.

`repeated KeyValue attributes` is declared as `map<string, bytes>`: a map entry has the same wire form (key = 1,
value = 2), so protobuf's C parser builds the map and only the values somebody asks for are ever decoded. That halves
the cost of reading a span; content attributes are skipped without being looked at.

Field numbers: opentelemetry-proto 1.11.0.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "outproof.otlp"
_FIELD = descriptor_pb2.FieldDescriptorProto

_SCALARS = {
    "bytes": _FIELD.TYPE_BYTES,
    "string": _FIELD.TYPE_STRING,
    "bool": _FIELD.TYPE_BOOL,
    "int64": _FIELD.TYPE_INT64,
    "double": _FIELD.TYPE_DOUBLE,
    "fixed64": _FIELD.TYPE_FIXED64,
    "fixed32": _FIELD.TYPE_FIXED32,
    "int32": _FIELD.TYPE_INT32,
}

# message → field → (number, type); "*X" repeats X, "map" is map<string, bytes>, "?X" is one of the oneof `value`
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "AnyValue": {
        "string_value": (1, "?string"),
        "bool_value": (2, "?bool"),
        "int_value": (3, "?int64"),
        "double_value": (4, "?double"),
        "array_value": (5, "?ArrayValue"),
        "kvlist_value": (6, "?KeyValueList"),
        "bytes_value": (7, "?bytes"),
    },
    "ArrayValue": {"values": (1, "*AnyValue")},
    "KeyValueList": {"values": (1, "map")},
    "Resource": {"attributes": (1, "map")},
    "Scope": {"name": (1, "string"), "version": (2, "string")},
    "Event": {"time_unix_nano": (1, "fixed64"), "name": (2, "string"), "attributes": (3, "map")},
    "Status": {"message": (2, "string"), "code": (3, "int32")},
    "Span": {
        "trace_id": (1, "bytes"),
        "span_id": (2, "bytes"),
        "trace_state": (3, "string"),
        "parent_span_id": (4, "bytes"),
        "name": (5, "string"),
        "kind": (6, "int32"),
        "start_time_unix_nano": (7, "fixed64"),
        "end_time_unix_nano": (8, "fixed64"),
        "attributes": (9, "map"),
        "events": (11, "*Event"),
        "status": (15, "Status"),
    },
    "ScopeSpans": {"scope": (1, "Scope"), "spans": (2, "*Span"), "schema_url": (3, "string")},
    "ResourceSpans": {"resource": (1, "Resource"), "scope_spans": (2, "*ScopeSpans"), "schema_url": (3, "string")},
    "TraceRequest": {"resource_spans": (1, "*ResourceSpans")},
    "Points": {"data_points": (1, "*bytes")},
    "Metric": {
        "gauge": (5, "Points"),
        "sum": (7, "Points"),
        "histogram": (9, "Points"),
        "exponential_histogram": (10, "Points"),
        "summary": (11, "Points"),
    },
    "ScopeMetrics": {"metrics": (2, "*Metric")},
    "ResourceMetrics": {"scope_metrics": (2, "*ScopeMetrics")},
    "MetricsRequest": {"resource_metrics": (1, "*ResourceMetrics")},
    "LogRecord": {
        "time_unix_nano": (1, "fixed64"),
        "body": (5, "bytes"),
        "attributes": (6, "map"),
        "trace_id": (9, "bytes"),
        "span_id": (10, "bytes"),
        "observed_time_unix_nano": (11, "fixed64"),
        "event_name": (12, "string"),
    },
    "ScopeLogs": {"log_records": (2, "*LogRecord")},
    "ResourceLogs": {"resource": (1, "Resource"), "scope_logs": (2, "*ScopeLogs")},
    "LogsRequest": {"resource_logs": (1, "*ResourceLogs")},
    "PartialSuccess": {"rejected": (1, "int64"), "error_message": (2, "string")},
    "ExportResponse": {"partial_success": (1, "PartialSuccess")},
    "RpcStatus": {"code": (1, "int32"), "message": (2, "string")},
}


def _field(message: descriptor_pb2.DescriptorProto, name: str, number: int, kind: str) -> None:
    field = message.field.add(name=name, number=number, label=_FIELD.LABEL_OPTIONAL)
    if kind == "map":
        entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, label=_FIELD.LABEL_OPTIONAL, type=_FIELD.TYPE_STRING)
        entry.field.add(name="value", number=2, label=_FIELD.LABEL_OPTIONAL, type=_FIELD.TYPE_BYTES)
        field.label, field.type = _FIELD.LABEL_REPEATED, _FIELD.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{message.name}.{entry.name}"
        return
    if kind.startswith("*"):
        field.label = _FIELD.LABEL_REPEATED
    elif kind.startswith("?"):
        field.oneof_index = 0
    kind = kind.lstrip("*?")
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = _FIELD.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="outproof/otlp.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        if name == "AnyValue":
            message.oneof_decl.add(name="value")
        for field_name, (number, kind) in fields.items():
            _field(message, field_name, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


_CLASSES = _classes()

AnyValue = _CLASSES["AnyValue"]
Span = _CLASSES["Span"]
TraceRequest = _CLASSES["TraceRequest"]
MetricsRequest = _CLASSES["MetricsRequest"]
LogsRequest = _CLASSES["LogsRequest"]
ExportResponse = _CLASSES["ExportResponse"]
RpcStatus = _CLASSES["RpcStatus"]
