import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue as OfficialValue

from outproof.wire.answers import Reader
from outproof.wire.dialects import aliases
from outproof.wire.otlp_count import data_points
from outproof.wire.otlp_json import scopes_of_json
from outproof.wire.otlp_protobuf import scopes_of_protobuf
from outproof.wire.otlp_values import bytes_of, value_of
from outproof.wire.spans import Undecodable
from tests.unit.wire.spans import NOW, a_request, a_span

scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.lists(st.text(), max_size=5),
)


@given(scalars)
def test_a_value_survives_the_wire(value: Any) -> None:
    assert value_of(bytes_of(value)) == value


@given(scalars)
def test_our_bytes_are_what_the_official_classes_write(value: Any) -> None:
    official = OfficialValue()
    official.ParseFromString(bytes_of(value))
    kind = official.WhichOneof("value")
    assert kind
    content = getattr(official, kind)
    assert ([item.string_value for item in content.values] if kind == "array_value" else content) == value


@given(st.binary(max_size=200))
def test_garbage_is_no_value_and_no_crash(raw: bytes) -> None:
    assert isinstance(value_of(raw), str | int | float | bytes | list | dict | None)


@given(st.binary(max_size=300))
def test_garbage_requests_are_refused_or_read_and_never_crash(raw: bytes) -> None:
    reader = Reader(aliases())
    for scopes in (scopes_of_protobuf, scopes_of_json):
        with suppress(Undecodable):
            columns = reader.read(scopes(raw), now=NOW).columns
            assert all(isinstance(trace_id, bytes) for trace_id in columns["trace_id"])


def test_protobuf_and_json_of_the_same_batch_read_alike() -> None:
    body = a_request(
        a_span(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.usage.input_tokens": 5,
                "gen_ai.response.time_to_first_chunk": 0.125,
                "gen_ai.response.finish_reasons": ["stop"],
                "gen_ai.request.stream": True,
            }
        )
    )
    wire = json.loads(body)
    official = ExportTraceServiceRequest()
    span = wire["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    out = official.resource_spans.add()
    attribute = out.resource.attributes.add()
    attribute.key, attribute.value.string_value = "service.name", "tracking-answerer"
    twin = out.scope_spans.add().spans.add(
        trace_id=bytes.fromhex(span["traceId"]),
        span_id=bytes.fromhex(span["spanId"]),
        start_time_unix_nano=int(span["startTimeUnixNano"]),
        end_time_unix_nano=int(span["endTimeUnixNano"]),
    )
    for item in span["attributes"]:
        added = twin.attributes.add()
        added.key = item["key"]
        ((kind, value),) = item["value"].items()
        if kind == "stringValue":
            added.value.string_value = value
        elif kind == "intValue":
            added.value.int_value = int(value)
        elif kind == "doubleValue":
            added.value.double_value = value
        elif kind == "boolValue":
            added.value.bool_value = value
        else:
            added.value.array_value.values.add().string_value = value["values"][0]["stringValue"]

    reader = Reader(aliases())
    from_json = reader.read(scopes_of_json(body), now=NOW)
    from_protobuf = reader.read(scopes_of_protobuf(official.SerializeToString()), now=NOW)
    assert from_json == from_protobuf
    assert from_json.columns["ttft_us"] == (125_000,)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "zz"}]}]}]}).encode(),
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{"kind": "SPAN_KIND_CLIENT"}]}]}]}).encode(),
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "soon"}]}]}]}).encode(),
        b'{"resourceSpans":' + b"[" * 5_000,
    ],
)
def test_json_that_is_no_trace_request_is_refused_with_what_was_expected(body: bytes) -> None:
    with pytest.raises(Undecodable, match="OTLP/JSON"):
        scopes_of_json(body)


def test_data_points_are_counted() -> None:
    metrics = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"sum": {"dataPoints": [{}, {}]}}, {"gauge": {}}]}]}]}
    assert data_points(json.dumps(metrics).encode(), json=True) == 2
    assert data_points(b"", json=False) == 0
