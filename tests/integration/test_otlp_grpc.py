"""OTLP over gRPC on a real server: the same spans, the same receipts, the same refusals as over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.server_process import ANSWER_S_MAX, ServerProcess
from tests.unit.wire.captures import captures

PORT = re.compile(r"over gRPC at \S+:(\d+)")
SERVICE = "/opentelemetry.proto.collector."
TRACES = f"{SERVICE}trace.v1.TraceService/Export"
METRICS = f"{SERVICE}metrics.v1.MetricsService/Export"
LOGS = f"{SERVICE}logs.v1.LogsService/Export"

Send = Callable[..., bytes]


@pytest.fixture(scope="module", params=["127.0.0.1", "0.0.0.0"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    data = tmp_path_factory.mktemp("grpc") / "data"
    with ServerProcess(data, host=request.param, options=("--grpc-port", "0")) as started:
        yield started


def key_of(server: ServerProcess) -> str | None:
    found = re.search(r"op_[a-z2-7]{40,}", server.log)
    return found[0] if found else None


@pytest.fixture
def send(server: ServerProcess) -> Iterator[Send]:
    said = PORT.search(server.log)
    assert said
    key = key_of(server)

    with grpc.insecure_channel(f"127.0.0.1:{said[1]}", options=[("grpc.max_send_message_length", -1)]) as channel:

        def sending(method: str, body: bytes, *, key: str | None = key, **options: object) -> bytes:
            metadata = [("authorization", f"Bearer {key}")] if key else []
            reply: bytes = channel.unary_unary(method)(body, metadata=metadata, timeout=ANSWER_S_MAX, **options)
            return reply

        yield sending


def ledger(server: ServerProcess) -> dict[tuple[str, str], int]:
    lines = server.get("/v1/status", key=key_of(server))["ledger"]
    counts: dict[tuple[str, str], int] = {}
    for line in lines:
        counts[line["signal"], line["outcome"]] = counts.get((line["signal"], line["outcome"]), 0) + line["count"]
    return counts


def test_recorded_spans_are_stored_and_those_delivered_again_are_duplicates(
    server: ServerProcess, send: Send, realcases: Path
) -> None:
    expected = json.loads((realcases / "wire" / "EXPECTED.json").read_text())
    bodies = [each for each in captures(realcases) if each.client == "otel_genai_default"]
    for compression in (None, grpc.Compression.Gzip):
        for capture in bodies:
            reply = ExportTraceServiceResponse.FromString(send(TRACES, capture.body, compression=compression))
            assert not reply.HasField("partial_success")
    spans = expected["otel_genai_default"]["spans"]
    server.until(lambda: ledger(server).get(("traces", "duplicate")) == spans or None)
    assert ledger(server)["traces", "stored"] == spans


def test_an_empty_request_is_taken_and_a_span_without_ids_is_told_of(send: Send) -> None:
    assert send(TRACES, b"") == b""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"short", span_id=b"12345678")
    reply = ExportTraceServiceResponse.FromString(send(TRACES, request.SerializeToString()))
    assert reply.partial_success.rejected_spans == 1
    assert "bad_trace_id" in reply.partial_success.error_message


def test_metrics_and_foreign_logs_are_counted_and_told_of(send: Send) -> None:
    metrics = ExportMetricsServiceRequest()
    metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="m").sum.data_points.add(as_int=1)
    reply = ExportMetricsServiceResponse.FromString(send(METRICS, metrics.SerializeToString()))
    assert reply.partial_success.rejected_data_points == 1
    logs = ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add(event_name="user.login")
    assert b"no_event_of_a_model_call" in send(LOGS, logs.SerializeToString())


def test_what_is_no_request_is_refused_for_good(send: Send) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        send(TRACES, b"\xff" * 40)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_message_that_unpacks_to_too_much_is_refused_and_the_server_goes_on(send: Send) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        send(TRACES, b"\0" * (64 * 2**20), compression=grpc.Compression.Gzip)
    assert refused.value.code() in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.OUT_OF_RANGE)
    assert send(TRACES, b"") == b""


def test_keys_are_needed_where_they_are_over_http(server: ServerProcess, send: Send) -> None:
    if key_of(server) is None:
        assert send(TRACES, b"", key="op_anything") == b""
        return
    for wrong in (None, "op_" + "a" * 40):
        with pytest.raises(grpc.RpcError) as refused:
            send(TRACES, b"", key=wrong)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
