"""Clients that send until they are told to stop, resend what was not answered, and remember what was acknowledged."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from outproof.core.ids import DEFAULT_PROJECT, run_id
from tests.fault.server import Server

SERVICE, PROMISE, POLICY = "tracking-answerer", "nightly-digests", "unsafe-delivery-claim"
PROTOBUF, JSON = "application/x-protobuf", "application/json"
STAGES = ("validated", "persisted", "visible")
BATCH_SPANS = (1, 1, 1, 3, 20, 100, 300)
_PAUSE_S = 0.05
_SETTLED_S_MAX = 120.0
_AGAIN = 0.05
"""The share of acknowledged requests that are sent once more, as a client does whose answer got lost."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One request's worth of spans. `names` are `trace:span`; a refused span has none."""

    body: bytes
    names: tuple[str, ...]
    unsafe: frozenset[str] = frozenset()
    set_aside: frozenset[str] = frozenset()
    refused: int = 0


@dataclass(slots=True)
class Told:
    """What clients sent and were told. `attempted` counts what left them, `acknowledged` what was answered."""

    spans: set[str] = field(default_factory=set)
    unsafe: set[str] = field(default_factory=set)
    set_aside: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    feedback: set[str] = field(default_factory=set)
    attempted: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)

    def add(self, other: Told) -> None:
        self.spans |= other.spans
        self.unsafe |= other.unsafe
        self.set_aside |= other.set_aside
        self.runs |= other.runs
        self.feedback |= other.feedback
        self.attempted += other.attempted
        self.acknowledged += other.acknowledged
        self.surprises += other.surprises


def a_batch(draw: random.Random, spans: int) -> Batch:
    """Spans that start now, most of them sound and safe; a few unsafe, contradictory, or without an id."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.append(KeyValue(key="service.name", value=AnyValue(string_value=SERVICE)))
    scope = resource.scope_spans.add()
    names, unsafe, set_aside = [], set(), set()
    for _ in range(spans):
        span = scope.spans.add()
        name = _fill(span, draw)
        names.append(name)
        lot = draw.random()
        if lot < 0.002:
            span.attributes.append(_flag("outproof.answer.unsafe_claim_served", True))
            unsafe.add(name)
        else:
            span.attributes.append(_flag("outproof.answer.unsafe_claim_served", False))
        if 0.002 < lot < 0.006:
            span.attributes.append(
                KeyValue(key="gen_ai.response.time_to_first_chunk", value=AnyValue(double_value=99.0))
            )
            set_aside.add(name)
    refused = int(draw.random() < 0.05)
    for _ in range(refused):
        _fill(scope.spans.add(), draw)
        scope.spans[-1].span_id = bytes(8)
    return Batch(request.SerializeToString(), tuple(names), frozenset(unsafe), frozenset(set_aside), refused)


def _fill(span: Span, draw: random.Random) -> str:
    now = time.time_ns()
    span.trace_id, span.span_id = draw.randbytes(16), draw.randbytes(7) + b"\1"
    span.name, span.kind = "chat support-model-prod", Span.SPAN_KIND_CLIENT
    span.start_time_unix_nano, span.end_time_unix_nano = now - 400_000_000, now
    for key, text in (
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "support-model-prod"),
        ("outproof.request.id", f"req_{span.span_id.hex()}"),
        ("outproof.answer.route", "serve"),
        ("outproof.prompt.template_id", "tracking-answerer-v1"),
    ):
        span.attributes.append(KeyValue(key=key, value=AnyValue(string_value=text)))
    for key, number in (("gen_ai.usage.input_tokens", 201), ("gen_ai.usage.output_tokens", 30)):
        span.attributes.append(KeyValue(key=key, value=AnyValue(int_value=number)))
    return f"{span.trace_id.hex()}:{span.span_id.hex()}"


def _flag(key: str, value: bool) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(bool_value=value))


class Client(threading.Thread):
    """Sends one request after the other. What was not answered goes out again, the same bytes, until it is."""

    def __init__(self, server: Server, seed: int) -> None:
        super().__init__(name=f"{type(self).__name__}-{seed}", daemon=True)
        self.told = Told()
        self._server = server
        self._draw = random.Random(seed)
        self._seed = seed
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            self.send_one()

    def stop(self) -> None:
        """Finish what is begun; `join` waits until all of it is acknowledged."""
        self._stopping.set()

    def send_one(self) -> None:
        raise AssertionError("expected a client that says what it sends")

    def deliver(self, path: str, body: bytes, content_type: str, counts: Counter[str]) -> None:
        """Send until it is acknowledged; sometimes once more after that. Nothing but 2xx and 503 may come back."""
        deadline_s = time.monotonic() + _SETTLED_S_MAX
        while time.monotonic() < deadline_s:
            try:
                reply = self._server.post(path, body, content_type)
            except ConnectionRefusedError:  # it never left us
                time.sleep(_PAUSE_S)
                continue
            except OSError:
                self.told.attempted += counts
                time.sleep(_PAUSE_S)
                continue
            self.told.attempted += counts
            if 200 <= reply.status < 300:
                self.told.acknowledged += counts
                if self._draw.random() >= _AGAIN:
                    return
            elif reply.status == 503 and reply.headers.get("retry-after", "").isdigit():
                time.sleep(_PAUSE_S)
            else:
                self.told.surprises.append(f"{path}: {reply.status} {reply.body[:300]!r}")
                return
        self.told.surprises.append(f"{path}: not acknowledged within {_SETTLED_S_MAX:.0f} s")


class Spans(Client):
    """Sends batches of mixed sizes over OTLP."""

    def send_one(self) -> None:
        batch = a_batch(self._draw, self._draw.choice(BATCH_SPANS))
        counts = Counter(spans=len(batch.names), refused=batch.refused)
        self.deliver("/v1/traces", batch.body, PROTOBUF, counts)
        self.told.spans.update(batch.names)
        self.told.unsafe.update(batch.unsafe)
        self.told.set_aside.update(batch.set_aside)


class Signals(Client):
    """Opens runs, proves their stages, closes them, and gives feedback."""

    def __init__(self, server: Server, seed: int) -> None:
        super().__init__(server, seed)
        self._numbers = itertools.count()

    def send_one(self) -> None:
        number = next(self._numbers)
        run = {"promise": PROMISE, "external_id": f"batch-{self._seed}-{number}"}
        for name, path, said in _signals():
            body = json.dumps({**run, "signal_id": name, **said}).encode()
            self.deliver(path.format(run=_run_id(run)), body, JSON, Counter(signals=1))
            self.told.runs.add(f"{run['external_id']}/{name}")
        identity = f"feedback-{self._seed}-{number}"
        feedback = {"id": identity, "answer_id": f"{number:032x}:{number:016x}", "thumbs": "down"}
        self.deliver("/v1/feedback", json.dumps(feedback).encode(), JSON, Counter(feedback=1))
        self.told.feedback.add(identity)


def _signals() -> Iterator[tuple[str, str, dict[str, str]]]:
    yield "opened", "/v1/runs", {}
    for stage in STAGES:
        yield stage, "/v1/runs/{run}/proofs", {"stage": stage}
    yield "closed", "/v1/runs/{run}/close", {"claim": "success"}


def _run_id(run: dict[str, str]) -> str:
    return run_id(DEFAULT_PROJECT, run["promise"], run["external_id"])


def all_told(clients: Iterable[Client]) -> Told:
    """Stop the clients, wait for their last answers, and put together what they were told."""
    clients = list(clients)
    told = Told()
    for client in clients:
        client.stop()
    for client in clients:
        client.join(_SETTLED_S_MAX * 2)
        assert not client.is_alive(), f"{client.name} still waits for an answer"
        told.add(client.told)
    return told
