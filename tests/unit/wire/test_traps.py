"""The traps of real wires, each on spans of a real capture or built from one. See also test_captures.py."""

from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.unit.wire.captured import MS, Captured, calls, put, read, request, twin

OPENINFERENCE, LITELLM, STRANDS = "openinference.instrumentation.openai", "litellm", "strands.telemetry.tracer"


@pytest.fixture(scope="module")
def genai(realcases: Path) -> Captured:
    return Captured(realcases, "otel_genai_default")


@pytest.fixture(scope="module")
def inference(realcases: Path) -> Captured:
    return Captured(realcases, "openinference_openai")


@pytest.fixture(scope="module")
def ollama(realcases: Path) -> Captured:
    return Captured(realcases, "traceloop_ollama")


def plain(genai: Captured) -> Span:
    return genai.having(gen_ai__response__id="chatcmpl-mock000001")


def streamed(genai: Captured) -> Span:
    return genai.having(gen_ai__response__id="chatcmpl-mock000002")


def as_seen_by_openinference(inference: Captured, outer: Span) -> Span:
    """The recorded span of the same scenario by another instrumentor, around or beside the given one."""
    seen = inference.spans[0]
    copy = twin(seen, 77)
    copy.trace_id, copy.parent_span_id = outer.trace_id, b""
    copy.start_time_unix_nano, copy.end_time_unix_nano = outer.start_time_unix_nano - MS, outer.end_time_unix_nano + MS
    return copy


def test_one_call_that_two_instrumentors_saw_counts_once_with_what_each_of_them_knew(
    genai: Captured, inference: Captured
) -> None:
    inner = plain(genai)
    outer = as_seen_by_openinference(inference, inner)
    inner.parent_span_id = outer.span_id
    put(inner, gen_ai__usage__output_tokens=None)
    rows = read(request((OPENINFERENCE, [outer]), (genai.scope, [inner])))
    (counted,) = calls(rows)
    assert counted["response_id"] == "chatcmpl-mock000001"
    assert counted["output_tokens"] == 12
    assert "output_tokens@openinference" in counted["provenance"]
    (other,) = [row for row in rows if not row["is_call"]]
    assert other["is_duplicate"] is True
    assert other["call_id"] == counted["call_id"] == f"{counted['span_id']:016x}"


def test_one_call_in_traces_of_two_instrumentors_counts_once(genai: Captured, inference: Captured) -> None:
    inner = plain(genai)
    outer = as_seen_by_openinference(inference, inner)
    outer.trace_id = b"\x07" * 16
    assert len(calls(read(request((OPENINFERENCE, [outer]), (genai.scope, [inner]))))) == 1


def test_two_calls_at_once_by_two_instrumentors_stay_two(genai: Captured, inference: Captured) -> None:
    inner, second = plain(genai), twin(plain(genai), 5, later_ms=2)
    second.trace_id = b"\x05" * 16
    put(second, gen_ai__response__id="chatcmpl-other")
    outer = as_seen_by_openinference(inference, inner)
    outer.trace_id = b"\x07" * 16
    other = as_seen_by_openinference(inference, second)
    other.trace_id, other.span_id = b"\x08" * 16, b"\x08" * 8
    assert len(calls(read(request((OPENINFERENCE, [outer, other]), (genai.scope, [inner, second]))))) == 2


def test_an_outer_span_of_a_framework_is_not_a_second_call_even_when_it_adds_up_two(genai: Captured) -> None:
    first, second = twin(plain(genai), 2), twin(plain(genai), 3, later_ms=300)
    put(second, gen_ai__response__id="chatcmpl-second")
    outer = twin(plain(genai), 1)
    outer.end_time_unix_nano = second.end_time_unix_nano + MS
    put(outer, gen_ai__response__id=None, gen_ai__usage__input_tokens=74, gen_ai__usage__output_tokens=24)
    first.parent_span_id = second.parent_span_id = outer.span_id
    found = calls(read(request((genai.scope, [outer, first, second]))))
    assert sum(call["input_tokens"] for call in found) == 74
    assert len(found) == 2


def test_a_span_around_a_call_that_differs_from_it_is_a_call_of_its_own(genai: Captured) -> None:
    outer, inner = twin(plain(genai), 1), twin(plain(genai), 2, later_ms=1, shorter_ms=2)
    inner.parent_span_id = outer.span_id
    put(inner, gen_ai__response__id="chatcmpl-other")
    assert len(calls(read(request((genai.scope, [outer, inner]))))) == 2


def test_a_gateway_behind_an_application_tells_of_the_same_call(genai: Captured) -> None:
    app = plain(genai)
    gateway = twin(app, 9, parent=app, later_ms=5, shorter_ms=8)
    internal = put(twin(app, 10, parent=gateway), gen_ai__operation__name=None)
    rows = read(request((genai.scope, [app])) + request((LITELLM, [gateway, internal]), service="litellm-proxy"))
    assert len(calls(rows)) == 1
    by_id = {row["span_id"]: row for row in rows}
    assert (by_id[10]["is_gateway"], by_id[10]["is_call"]) == (True, False)


def test_a_gateway_that_starts_a_trace_of_its_own_tells_of_the_same_call(genai: Captured) -> None:
    app = plain(genai)
    gateway = twin(app, 9, later_ms=5, shorter_ms=8)
    gateway.trace_id = b"\x09" * 16
    body = request((genai.scope, [app])) + request((LITELLM, [gateway]), service="litellm-proxy")
    assert len(calls(read(body))) == 1


def test_a_response_id_that_a_cache_replays_later_is_another_call(genai: Captured) -> None:
    first, replayed = plain(genai), twin(plain(genai), 9, later_ms=60_000)
    replayed.trace_id = b"\x09" * 16
    assert len(calls(read(request((genai.scope, [first, replayed]))))) == 2


def test_an_agent_that_repeats_the_usage_of_its_calls_is_not_counted(genai: Captured) -> None:
    agent = put(twin(plain(genai), 1), gen_ai__operation__name="invoke_agent")
    inner = twin(plain(genai), 2, parent=agent, later_ms=1, shorter_ms=2)
    (counted,) = calls(read(request((genai.scope, [agent, inner]))))
    assert (counted["span_id"], counted["is_duplicate"]) == (2, None)


def test_tokens_of_zero_that_nobody_counted_are_unknown_and_a_silent_answer_is_not(genai: Captured) -> None:
    unknown = put(plain(genai), gen_ai__usage__input_tokens=0, gen_ai__usage__output_tokens=0)
    silent = put(twin(plain(genai), 2), gen_ai__usage__output_tokens=0, gen_ai__response__id="x")
    silent.trace_id = b"\x02" * 16
    first, second = read(request((genai.scope, [unknown, silent])))
    rows = {row["response_id"]: row for row in (first, second)}
    assert rows["chatcmpl-mock000001"]["input_tokens"] is rows["chatcmpl-mock000001"]["output_tokens"] is None
    assert (rows["x"]["input_tokens"], rows["x"]["output_tokens"]) == (37, 0)


@pytest.mark.parametrize(
    ("scope", "values", "ttft_us", "kind"),
    [
        ("any", {"gen_ai__response__time_to_first_chunk": 0.15}, 150_000, "chunk"),
        ("any", {"outproof__answer__time_to_first_token": 0.15}, 150_000, "token"),
        ("any", {"gen_ai__server__time_to_first_token": 0.15}, 150_000, "server"),
        ("openlit", {"gen_ai__server__time_to_first_token": 0.15, "gen_ai__application_name": "a"}, 150_000, "chunk"),
        (STRANDS, {"gen_ai__server__time_to_first_token": 25, "gen_ai__event__start_time": "x"}, 25_000, "chunk"),
        ("ai", {"ai__response__msToFirstChunk": 25.5}, 25_500, "chunk"),
    ],
)
def test_what_a_first_token_was_measured_to_and_in_which_unit_is_told_by_its_name(
    genai: Captured, scope: str, values: dict[str, Any], ttft_us: int, kind: str
) -> None:
    span = put(streamed(genai), gen_ai__response__time_to_first_chunk=None)
    (row,) = read(request((scope, [put(span, **values)])))
    assert (row["ttft_us"], row["ttft_kind"]) == (ttft_us, kind)


def test_a_first_token_at_a_point_in_time_is_measured_from_the_start(genai: Captured) -> None:
    span = put(streamed(genai), gen_ai__response__time_to_first_chunk=None)
    span.start_time_unix_nano = 1_795_210_856_000_000_000
    span.end_time_unix_nano = span.start_time_unix_nano + 400 * MS
    put(span, langfuse__observation__completion_start_time='"2026-11-20T21:40:56.125000Z"')
    (row,) = read(request(("langfuse-sdk", [span])))
    assert (row["ttft_us"], row["ttft_kind"]) == (125_000, "chunk")


def test_the_first_token_of_openinference_is_a_span_event(inference: Captured) -> None:
    rows = read(request((inference.scope, [s for s in inference.spans if s.events])))
    assert any(row["ttft_us"] and row["ttft_kind"] == "chunk" for row in rows)


def test_a_finished_a_broken_and_an_abandoned_stream_are_told_apart_without_a_finish_reason(genai: Captured) -> None:
    finished = streamed(genai)
    cut = put(twin(finished, 2), gen_ai__response__finish_reasons=None, gen_ai__usage__output_tokens=None)
    cut.trace_id = b"\x02" * 16
    broken = twin(cut, 3)
    broken.trace_id = b"\x03" * 16
    broken.status.code = Status.STATUS_CODE_ERROR
    rows = {row["span_id"]: row["stream_end"] for row in read(request((genai.scope, [finished, cut, broken])))}
    assert rows.pop(2) == "abandoned"
    assert rows.pop(3) == "broken"
    assert list(rows.values()) == ["finished"]


def test_the_recorded_streams_that_broke_or_were_left_are_recognised(genai: Captured, inference: Captured) -> None:
    for captured in (genai, inference):
        rows = read(request((captured.scope, captured.spans)))
        ends = [row["stream_end"] for row in rows if row["stream_end"] in ("broken", "abandoned")]
        assert ends.count("abandoned") == 1, captured.scope
        assert "broken" in ends, captured.scope


def test_a_stream_of_an_emitter_that_never_says_why_it_ended_is_finished_by_its_usage(ollama: Captured) -> None:
    rows = read(request((ollama.scope, ollama.spans)))
    assert {row["stream_end"] for row in rows if row["streaming"]} == {"finished"}
    assert {row["stream_end"] for row in rows if not row["streaming"]} == {None}


@pytest.mark.parametrize(
    ("values", "given", "basis"),
    [
        ({"gen_ai__usage__cache_read__input_tokens": 1920}, 2048, "cached_inside"),
        ({"span__type": "llm_request", "cache_read_tokens": 1920}, 3968, "cached_outside"),
        ({"gen_ai__event__start_time": "x", "gen_ai__usage__cache_read_input_tokens": 1920}, 2048, "unknown"),
        ({"gen_ai__event__start_time": "x", "gen_ai__usage__cache_read_input_tokens": 5000}, 7048, "cached_outside"),
    ],
)
def test_cached_tokens_are_inside_the_input_however_the_emitter_counts_them(
    genai: Captured, values: dict[str, Any], given: int, basis: str
) -> None:
    span = genai.having(gen_ai__response__id="chatcmpl-mock000004")
    span = put(put(span, gen_ai__usage__cache_read__input_tokens=None), **values)
    (row,) = read(request(("any", [span])))
    assert (row["input_tokens"], row["usage_basis"]) == (given, basis)


def test_usage_in_buckets_is_added_up(genai: Captured) -> None:
    span = put(plain(genai), gen_ai__usage__input_tokens=None, gen_ai__usage__output_tokens=None)
    buckets = '{"input": 128, "input_cached_tokens": 1920, "output": 44, "output_reasoning_tokens": 20}'
    (row,) = read(request(("langfuse-sdk", [put(span, langfuse__observation__usage_details=buckets)])))
    assert (row["input_tokens"], row["cached_input_tokens"], row["usage_basis"]) == (2048, 1920, "cached_outside")
    assert (row["output_tokens"], row["reasoning_tokens"]) == (64, 20)


def test_attempts_of_one_request_are_linked_and_each_is_a_call(genai: Captured) -> None:
    failed = genai.having(error__type="openai.RateLimitError")
    parent = twin(failed, 1)
    attempts = [twin(failed, 2 + n, parent=parent, later_ms=1_000 * n) for n in range(2)]
    through = put(twin(plain(genai), 4), gen_ai__request__model="gpt-4o-mini")
    through.trace_id, through.parent_span_id = failed.trace_id, parent.span_id
    through.start_time_unix_nano = attempts[1].end_time_unix_nano + 500 * MS
    through.end_time_unix_nano = through.start_time_unix_nano + 200 * MS
    rows = {row["span_id"]: row for row in read(request((genai.scope, [*attempts, through])))}
    assert all(row["is_call"] for row in rows.values())
    assert [(rows[n]["attempt"], rows[n]["retry_of"]) for n in (2, 3, 4)] == [
        (None, None),
        (2, f"{2:016x}"),
        (3, f"{2:016x}"),
    ]


def test_a_call_after_one_that_no_repetition_can_save_is_no_attempt_of_it(genai: Captured) -> None:
    failed = genai.having(error__type="openai.BadRequestError")
    parent = twin(failed, 1)
    first, second = twin(failed, 2, parent=parent), twin(failed, 3, parent=parent, later_ms=1_000)
    assert all(row["attempt"] is None for row in read(request((genai.scope, [first, second]))))


def test_how_often_a_client_sent_a_request_again_is_its_attempt(genai: Captured) -> None:
    (row,) = read(request(("com.anthropic.sdk.python", [put(plain(genai), http__request__resend_count=2)])))
    assert (row["attempt"], row["dialect"]) == (3, "anthropic")


def test_an_error_that_an_emitter_marks_as_ok_is_a_failed_call(genai: Captured) -> None:
    failed = genai.having(error__type="openai.AuthenticationError")
    put(failed, error__type=None)
    failed.status.code = Status.STATUS_CODE_OK
    event = failed.events.add(name="exception", time_unix_nano=failed.end_time_unix_nano)
    event.attributes.add(key="exception.type").value.string_value = "AuthenticationError"
    (row,) = read(request(("langsmith", [put(failed, langsmith__span__kind="llm")])))
    assert (row["failed"], row["error_type"]) == (True, "AuthenticationError")


def test_a_rendered_prompt_that_an_emitter_calls_a_chat_is_no_call(genai: Captured) -> None:
    (row,) = read(request(("langsmith", [put(plain(genai), langsmith__span__kind="prompt")])))
    assert (row["operation"], row["is_call"]) == ("prompt", False)


def test_what_an_upstream_sampler_left_out_is_in_the_chance_of_being_kept(genai: Captured) -> None:
    span = plain(genai)
    span.trace_state = "vendor=x,ot=th:c;rv:6e6d1a75832a2f"
    (row,) = read(request((genai.scope, [span])))
    assert row["sampled_ppm"] == 250_000
