"""Bodies of OTLP requests, encoded once and made unique by patching: a number of spans in, endless distinct bodies out."""

from __future__ import annotations

import random
import time

import numpy as np
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

SERVICE = "tracking-answerer"
_MESSAGES = (
    '[{"role":"assistant","parts":[{"type":"text","content":"Your parcel left the sorting centre this morning. The '
    "carrier has not confirmed a delivery day yet, so I cannot promise one; you will get a message as soon as the "
    'record shows it."}],"finish_reason":"stop"}]'
)
_UNIQUE_CHARS = 16
_FIRST = 0x1111111111111111


class Bodies:
    """Bodies of `spans` LLM calls each, 18 attributes and about 1.25 KB a span, as an instrumented application sends.

    Every body has its own trace, span, request and response ids and starts now. `unsafe_at` names the span that
    served an unsafe claim; None: none did.
    """

    def __init__(self, spans: int, *, seed: int = 1, unsafe_at: int | None = None) -> None:
        self.spans = spans
        draw = random.Random(seed)
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        for key, text in (("service.name", SERVICE), ("service.version", "7f3a2c1"), ("telemetry.sdk.language", "python")):
            resource.resource.attributes.append(_text(key, text))
        scope = resource.scope_spans.add()
        scope.scope.name = "opentelemetry.instrumentation.openai_v2"
        for number in range(spans):
            _fill(scope.spans.add(), number, draw, is_unsafe=number == unsafe_at)
        self._body = np.frombuffer(bytearray(request.SerializeToString()), dtype=np.uint8)
        raw = self._body.tobytes()
        self._ids = _places(raw, spans, lambda n: _trace(n), 16), _places(raw, spans, lambda n: _span(n), 8)
        self._starts = _places(raw, spans, lambda n: (_FIRST + n).to_bytes(8, "little"), 8)
        self._ends = _places(raw, spans, lambda n: (2 * _FIRST + n).to_bytes(8, "little"), 8)
        self._labels = [_places(raw, spans, lambda n, mark=mark: _label(mark, n), _UNIQUE_CHARS) for mark in "qr"]
        self._durations_ns = np.array([draw.randrange(4 * 10**8, 3 * 10**9) for _ in range(spans)], dtype=np.uint64)
        self._random = np.random.default_rng(seed)

    @property
    def bytes_per_span(self) -> float:
        return len(self._body) / self.spans

    def body(self) -> bytes:
        """The next body."""
        for places in self._ids:
            self._body[places] = self._random.integers(1, 256, places.shape, dtype=np.uint8)
        for places in self._labels:
            self._body[places] = self._random.integers(ord("a"), ord("z") + 1, places.shape, dtype=np.uint8)
        starts = np.uint64(time.time_ns()) - self._durations_ns
        self._body[self._starts] = starts.view(np.uint8).reshape(self.spans, 8)
        self._body[self._ends] = (starts + self._durations_ns).view(np.uint8).reshape(self.spans, 8)
        return self._body.tobytes()


def _fill(span: Span, number: int, draw: random.Random, *, is_unsafe: bool) -> None:
    span.trace_id, span.span_id = _trace(number), _span(number)
    span.name, span.kind = "chat support-model-prod", Span.SPAN_KIND_CLIENT
    span.start_time_unix_nano, span.end_time_unix_nano = _FIRST + number, 2 * _FIRST + number
    given = draw.randrange(200, 4_000)
    for key, text in (
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "support-model-prod"),
        ("gen_ai.response.model", "support-model-prod-2026-05-27"),
        ("gen_ai.response.id", f"chatcmpl-{_label('q', number).decode()}"),
        ("server.address", "api.openai.example"),
        ("gen_ai.output.messages", _MESSAGES),
        ("outproof.request.id", f"req_{_label('r', number).decode()}"),
        ("outproof.case.id", draw.choice(("where_is_it", "invented_eta", "refund", "damaged"))),
        ("outproof.evidence.version", f"fastship@v{draw.randrange(10, 20)}"),
        ("outproof.prompt.template_id", draw.choice(("tracking-answerer-v1", "tracking-answerer-v2"))),
        ("outproof.answer.route", draw.choice(("serve", "serve", "serve", "shorten", "abstain"))),
    ):
        span.attributes.append(_text(key, text))
    finish = ArrayValue(values=[AnyValue(string_value="stop")])
    span.attributes.append(KeyValue(key="gen_ai.response.finish_reasons", value=AnyValue(array_value=finish)))
    for key, tokens in (
        ("gen_ai.usage.input_tokens", given),
        ("gen_ai.usage.cache_read.input_tokens", given // 2),
        ("gen_ai.usage.output_tokens", draw.randrange(2, 400)),
    ):
        span.attributes.append(KeyValue(key=key, value=AnyValue(int_value=tokens)))
    chunk = AnyValue(double_value=draw.uniform(0.05, 0.39))
    span.attributes.append(KeyValue(key="gen_ai.response.time_to_first_chunk", value=chunk))
    span.attributes.append(
        KeyValue(key="outproof.answer.unsafe_claim_served", value=AnyValue(bool_value=is_unsafe))
    )


def _text(key: str, text: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=text))


def _trace(number: int) -> bytes:
    return b"TRACE-OF-" + number.to_bytes(7, "big")


def _span(number: int) -> bytes:
    return b"SPAN-" + number.to_bytes(3, "big")


def _label(mark: str, number: int) -> bytes:
    return f"{mark}{number:0{_UNIQUE_CHARS - 1}d}".encode()


def _places(raw: bytes, spans: int, text_of: object, length: int) -> np.ndarray:
    """Where in the body the bytes lie that each span's placeholder takes: one row per span."""
    assert callable(text_of)
    found = [raw.index(text_of(number)) for number in range(spans)]
    return np.array(found)[:, None] + np.arange(length)
