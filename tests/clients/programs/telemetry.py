"""OpenTelemetry in a program as its author sets it up: one of three roads to the server, every request sent twice."""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

ROAD, SERVICE = os.environ["ROAD"], os.environ["SERVICE"]
HTTP, GRPC = os.environ["OTLP_HTTP"], os.environ["OTLP_GRPC"]
_BATCH_SPANS_MAX = 3
"""Few, so that spans of one call come in different requests."""
_BATCH_DELAY_MS = 200


class JsonSpanExporter(SpanExporter):
    """OTLP/HTTP in JSON, which the SDK for Python does not have: ids in hex, enumerations as numbers."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        body = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
        scopes = [scope for group in body["resourceSpans"] for scope in group["scopeSpans"]]
        for span in (each for scope in scopes for each in scope["spans"]):
            for name in ("traceId", "spanId", "parentSpanId"):
                if name in span:
                    span[name] = base64.b64decode(span[name]).hex()
        media = {"content-type": "application/json"}
        request = urllib.request.Request(f"{HTTP}/v1/traces", json.dumps(body).encode(), media)
        with urllib.request.urlopen(request, timeout=60) as response:
            return SpanExportResult.SUCCESS if response.status == 200 else SpanExportResult.FAILURE


class Twice(SpanExporter):
    """Delivers everything again, as a client does that lost the answer."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._exporter.export(spans)
        return self._exporter.export(spans)

    def shutdown(self) -> None:
        self._exporter.shutdown()


@dataclass(frozen=True)
class Telemetry:
    """What an instrumentor wants to be given."""

    tracer_provider: TracerProvider
    meter_provider: MeterProvider
    logger_provider: LoggerProvider

    @property
    def all(self) -> dict[str, Any]:
        return {
            "tracer_provider": self.tracer_provider,
            "meter_provider": self.meter_provider,
            "logger_provider": self.logger_provider,
        }


@contextmanager
def telemetry() -> Iterator[Telemetry]:
    """Providers that send to the server under test; everything is sent when the block ends."""
    resource = Resource.create({"service.name": SERVICE, "service.version": "1.4.2"})
    exporters: dict[str, Callable[[], SpanExporter]] = {
        "http/protobuf": lambda: OTLPSpanExporter(endpoint=f"{HTTP}/v1/traces", compression=Compression.Gzip),
        "http/json": JsonSpanExporter,
        "grpc": lambda: GrpcSpanExporter(endpoint=GRPC, insecure=True),
    }
    spans = TracerProvider(resource=resource)
    to = Twice(exporters[ROAD]())
    spans.add_span_processor(
        BatchSpanProcessor(to, schedule_delay_millis=_BATCH_DELAY_MS, max_export_batch_size=_BATCH_SPANS_MAX)
    )
    trace.set_tracer_provider(spans)
    metrics = MeterProvider(
        resource=resource, metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter(f"{HTTP}/v1/metrics"))]
    )
    logs = LoggerProvider(resource=resource)
    to_grpc = ROAD == "grpc"
    log_exporter = GrpcLogExporter(endpoint=GRPC, insecure=True) if to_grpc else OTLPLogExporter(f"{HTTP}/v1/logs")
    logs.add_log_record_processor(BatchLogRecordProcessor(log_exporter))
    try:
        yield Telemetry(spans, metrics, logs)
    finally:
        for provider in (spans, metrics, logs):
            provider.shutdown()
