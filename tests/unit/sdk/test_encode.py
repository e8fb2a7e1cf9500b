import time
from uuid import UUID

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from outproof.sdk.answer import Answer
from outproof.sdk.buffer import Buffer, Entry
from outproof.sdk.encode import trace_request
from outproof.sdk.guard import faults
from outproof.sdk.ledger import Ledger
from outproof.sdk.settings import settings_from

SETTINGS = settings_from(
    {},
    service="tracking-answerer",
    endpoint=None,
    key=None,
    project=None,
    deploy="4f2a9c1",
    environment="production",
    spool_dir=None,
)


def a_buffer() -> Buffer:
    buffer = Buffer(Ledger())
    buffer.closed = None
    buffer.attended = True
    return buffer


def decoded(entries: list[Entry]) -> ExportTraceServiceRequest:
    body, _ = trace_request(entries, SETTINGS)
    return ExportTraceServiceRequest.FromString(body)


def only_span(buffer: Buffer) -> Span:
    (span,) = decoded(buffer.take()).resource_spans[0].scope_spans[0].spans
    return span


def values(span: object) -> dict[str, object]:
    found = {}
    for pair in span.attributes:  # type: ignore[attr-defined]  # Span and Resource alike
        kind = pair.value.WhichOneof("value")
        value = getattr(pair.value, kind)
        found[pair.key] = [item.string_value for item in value.values] if kind == "array_value" else value
    return found


def test_the_official_classes_read_back_every_fact_that_was_recorded() -> None:
    buffer = a_buffer()
    with Answer(buffer, "answer", "req_206", "de") as a:
        a.evidence(version="fastship@v17")
        a.template("tracking-answerer-v1.1-regression")
        a.case("invented_eta")
        a.model("support-model-prod", provider="shopflow.internal", operation="chat")
        a.usage(input_tokens=201, cached_input_tokens=80, output_tokens=30, reasoning_tokens=4, cache_write_tokens=1)
        a.timing(ttft_s=0.24, duration_s=0.455)
        a.route("serve", first_failed_stage="serving_gate")
        a.unsafe_claim_served(True)
        a.finish("stop")
    span = only_span(buffer)
    assert values(span) == {
        "outproof.request.id": "req_206",
        "outproof.segment": "de",
        "outproof.evidence.version": "fastship@v17",
        "outproof.prompt.template_id": "tracking-answerer-v1.1-regression",
        "outproof.case.id": "invented_eta",
        "outproof.answer.time_to_first_token": 0.24,
        "outproof.answer.route": "serve",
        "outproof.failure.stage": "serving_gate",
        "outproof.answer.unsafe_claim_served": True,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "shopflow.internal",
        "gen_ai.request.model": "support-model-prod",
        "gen_ai.usage.input_tokens": 201,
        "gen_ai.usage.cache_read.input_tokens": 80,
        "gen_ai.usage.output_tokens": 30,
        "gen_ai.usage.reasoning.output_tokens": 4,
        "gen_ai.usage.cache_creation.input_tokens": 1,
        "gen_ai.response.finish_reasons": ["stop"],
    }
    assert span.name == "answer"
    assert span.end_time_unix_nano - span.start_time_unix_nano == 455_000_000
    assert f"{span.trace_id.hex()}:{span.span_id.hex()}" == a.id
    assert span.status.code == Status.STATUS_CODE_UNSET
    assert span.kind == Span.SPAN_KIND_CLIENT


def test_the_resource_names_service_deploy_and_environment() -> None:
    buffer = a_buffer()
    Answer(buffer, "answer").end()
    assert values(decoded(buffer.take()).resource_spans[0].resource) == {
        "service.name": "tracking-answerer",
        "vcs.ref.head.revision": "4f2a9c1",
        "deployment.environment.name": "production",
    }


def test_what_is_not_known_is_not_written() -> None:
    buffer = a_buffer()
    with Answer(buffer, "answer") as a:
        a.evidence(None)
        a.model(None)
        a.usage(output_tokens=0)
        a.timing()
        a.route(None)
        a.unsafe_claim_served(None)
    assert values(only_span(buffer)) == {"gen_ai.usage.output_tokens": 0}


def test_a_fact_of_the_wrong_kind_is_left_out_and_counted() -> None:
    buffer = a_buffer()
    before = faults.by_kind().get("bad_fact", 0)
    with Answer(buffer, "answer") as a:
        a.usage(input_tokens="many", output_tokens=True)  # type: ignore[arg-type]  # on purpose
        a.unsafe_claim_served("no")  # type: ignore[arg-type]  # on purpose
        a.timing(ttft_s=float("nan"))
        a.template("tracking-answerer-v1")
    assert values(only_span(buffer)) == {"outproof.prompt.template_id": "tracking-answerer-v1"}
    assert faults.by_kind()["bad_fact"] == before + 4


def test_ids_may_be_numbers_or_uuids_and_long_text_is_cut_with_a_mark() -> None:
    buffer = a_buffer()
    uuid = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    with Answer(buffer, "answer", uuid, 7) as a:
        a.case("x" * 10_000)
        a.template("half \ud800 a\ncharacter")
    found = values(only_span(buffer))
    assert found["outproof.request.id"] == str(uuid)
    assert found["outproof.segment"] == "7"
    assert found["outproof.case.id"] == "x" * 511 + "…"
    assert found["outproof.prompt.template_id"] == "half   a character"


def test_a_contradiction_in_timing_is_passed_on_not_hidden() -> None:
    buffer = a_buffer()
    with Answer(buffer, "answer") as a:
        a.timing(ttft_s=0.6, duration_s=-0.4)
    span = only_span(buffer)
    assert span.end_time_unix_nano < span.start_time_unix_nano
    assert values(span)["outproof.answer.time_to_first_token"] == 0.6


def test_an_answer_inside_another_is_its_child() -> None:
    buffer = a_buffer()
    with Answer(buffer, "outer") as outer, Answer(buffer, "inner") as inner:
        pass
    child, parent = decoded(buffer.take()).resource_spans[0].scope_spans[0].spans
    assert (child.name, parent.name) == ("inner", "outer")
    assert child.trace_id == parent.trace_id
    assert child.parent_span_id == parent.span_id
    assert parent.parent_span_id == b""
    assert inner.id != outer.id


def test_an_exception_passes_through_and_leaves_only_its_type() -> None:
    class DoesNotExist(ValueError):
        pass

    buffer = a_buffer()
    with pytest.raises(DoesNotExist, match="customer 4711 lives in Bonn"), Answer(buffer, "answer"):
        raise DoesNotExist("customer 4711 lives in Bonn")
    body, _ = trace_request(buffer.take(), SETTINGS)
    (span,) = ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert str(values(span)["error.type"]).endswith("DoesNotExist")
    assert b"4711" not in body


def test_the_first_token_is_timed_once() -> None:
    buffer, before_ns = a_buffer(), time.perf_counter_ns()
    with Answer(buffer, "answer") as a:
        a.first_token()
        first = dict(a._facts)
        a.first_token()
        assert dict(a._facts) == first
    found = values(only_span(buffer))["outproof.answer.time_to_first_token"]
    assert isinstance(found, float)
    assert 0 <= found <= (time.perf_counter_ns() - before_ns) / 1e9


def test_facts_after_the_end_are_counted_not_kept() -> None:
    buffer = a_buffer()
    before = faults.by_kind().get("late_fact", 0)
    answer = Answer(buffer, "answer")
    answer.end()
    answer.route("serve")
    answer.end()
    assert values(only_span(buffer)) == {}
    assert faults.by_kind()["late_fact"] == before + 1
