"""Bodies of OTLP requests, encoded once and made unique by patching: a number of spans in, endless bodies out."""

from __future__ import annotations

import itertools
import random
import time
from hashlib import sha256

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
_makers = itertools.count()


class Bodies:
    """Bodies of `spans` LLM calls each, 18 attributes and about 1.25 KB a span, as an instrumented application sends.

    Every body has its own trace, span, request and response ids and starts now. `unsafe_at` names the span that
    served an unsafe claim; None: none did.
    """

    def __init__(self, spans: int, *, seed: int = 1, service: str = SERVICE, unsafe_at: int | None = None) -> None:
        self.spans = spans
        draw = random.Random(seed)
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        for key, text in (
            ("service.name", service),
            ("service.version", "7f3a2c1"),
            ("telemetry.sdk.language", "python"),
        ):
            resource.resource.attributes.append(_text(key, text))
        scope = resource.scope_spans.add()
        scope.scope.name = "opentelemetry.instrumentation.openai_v2"
        for number in range(spans):
            _fill(scope.spans.add(), number, draw, is_unsafe=number == unsafe_at)
        self._body = np.frombuffer(bytearray(request.SerializeToString()), dtype=np.uint8)
        raw = self._body.tobytes()
        marks = {what: [_mark(what, number) for number in range(spans)] for what in ("trace", "span", "start", "end")}
        self._ids = _places(raw, marks["trace"]), _places(raw, [mark[:8] for mark in marks["span"]])
        self._starts = _places(raw, [mark[:8] for mark in marks["start"]])
        self._ends = _places(raw, [mark[:8] for mark in marks["end"]])
        self._labels = [
            _places(raw, [_label(what, n).encode() for n in range(spans)]) for what in ("response", "request")
        ]
        self._durations_ns = np.array([draw.randrange(4 * 10**8, 3 * 10**9) for _ in range(spans)], dtype=np.uint64)
        self._random = np.random.default_rng([seed, next(_makers)])  # the same id twice would be one span

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
    span.trace_id, span.span_id = _mark("trace", number), _mark("span", number)[:8]
    span.name, span.kind = "chat support-model-prod", Span.SPAN_KIND_CLIENT
    span.start_time_unix_nano = int.from_bytes(_mark("start", number)[:8], "little")
    span.end_time_unix_nano = int.from_bytes(_mark("end", number)[:8], "little")
    given = draw.randrange(200, 4_000)
    for key, text in (
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "support-model-prod"),
        ("gen_ai.response.model", "support-model-prod-2026-05-27"),
        ("gen_ai.response.id", f"chatcmpl-{_label('response', number)}"),
        ("server.address", "api.openai.example"),
        ("gen_ai.output.messages", _MESSAGES),
        ("outproof.request.id", f"req_{_label('request', number)}"),
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
    span.attributes.append(KeyValue(key="outproof.answer.unsafe_claim_served", value=AnyValue(bool_value=is_unsafe)))


def _text(key: str, text: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=text))


def _mark(what: str, number: int) -> bytes:
    """A placeholder of 16 bytes that occurs nowhere else."""
    return sha256(f"{what} {number}".encode()).digest()[:16]


def _label(what: str, number: int) -> str:
    return _mark(what, number).hex()[:_UNIQUE_CHARS]


def _places(raw: bytes, marks: list[bytes]) -> np.ndarray:
    """Where in the body the bytes of each placeholder lie: one row per span."""
    return np.array([raw.index(mark) for mark in marks])[:, None] + np.arange(len(marks[0]))
