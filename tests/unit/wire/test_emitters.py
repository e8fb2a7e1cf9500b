"""Traps met with released emitters, each on a span of a real capture or one built from it as the emitter writes it."""

from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.unit.wire.captured import MS, Captured, calls, put, read, request, twin

OPENLLMETRY, OPENINFERENCE = "opentelemetry.instrumentation.openai.v1", "openinference.instrumentation.openai"
LOGFIRE, LITELLM = "logfire.openai", "litellm"


@pytest.fixture(scope="module")
def genai(realcases: Path) -> Captured:
    return Captured(realcases, "otel_genai_default")


@pytest.fixture(scope="module")
def inference(realcases: Path) -> Captured:
    return Captured(realcases, "openinference_openai")


def plain(genai: Captured) -> Span:
    return genai.having(gen_ai__response__id="chatcmpl-mock000001")


def cut(genai: Captured) -> Span:
    """A stream of which no end was seen."""
    span = genai.having(gen_ai__response__id="chatcmpl-mock000002")
    return put(span, gen_ai__response__finish_reasons=None, gen_ai__usage__output_tokens=None)


def elsewhere(span: Span, trace: int) -> Span:
    span.trace_id, span.parent_span_id = trace.to_bytes(16, "big"), b""
    return span


def one(scope: str, *spans: Span) -> dict[str, Any]:
    (row,) = read(request((scope, list(spans))))
    return row


def test_the_first_chunk_of_openllmetry_is_a_span_event_of_either_name(genai: Captured) -> None:
    for name in ("gen_ai.content.completion.chunk", "llm.content.completion.chunk"):
        span = put(cut(genai), gen_ai__response__time_to_first_chunk=None, gen_ai__request__stream=None)
        put(span, gen_ai__is_streaming=True)
        for later_ms in (81, 120):
            span.events.add(name=name, time_unix_nano=span.start_time_unix_nano + later_ms * MS)
        row = one(OPENLLMETRY, span)
        assert (row["ttft_us"], row["ttft_kind"], row["stream_end"]) == (81_000, "chunk", "abandoned")


def test_a_reason_of_error_without_a_failure_stands_for_a_choice_that_never_ended(genai: Captured) -> None:
    left = put(cut(genai), gen_ai__response__finish_reason="error")
    assert one(genai.scope, left)["stream_end"] == "abandoned"
    failed = put(cut(genai), gen_ai__response__finish_reason="error", error__type="httpx.RemoteProtocolError")
    failed.status.code = Status.STATUS_CODE_ERROR
    assert one(genai.scope, failed)["stream_end"] == "broken"
    ended = put(cut(genai), gen_ai__response__finish_reason="error", gen_ai__usage__output_tokens=9)
    assert one(genai.scope, ended)["stream_end"] == "broken"


def test_the_one_token_that_anthropic_says_first_is_no_count_of_a_stream_that_broke(genai: Captured) -> None:
    broken = put(cut(genai), gen_ai__provider__name="anthropic", gen_ai__usage__output_tokens=1)
    row = one(genai.scope, broken)
    assert (row["input_tokens"], row["output_tokens"], row["stream_end"]) == (37, None, "abandoned")
    whole = put(plain(genai), gen_ai__provider__name="anthropic", gen_ai__usage__output_tokens=1)
    assert one(genai.scope, whole)["output_tokens"] == 1
    other = put(cut(genai), gen_ai__usage__output_tokens=1)
    assert one(genai.scope, other)["output_tokens"] == 1


def a_stream_of_logfire(genai: Captured, **said: Any) -> list[Span]:
    """What opened it, and when it was over what became of it, in a trace of its own."""
    opened = put(cut(genai), gen_ai__response__id=None, gen_ai__usage__input_tokens=None)
    put(opened, gen_ai__response__time_to_first_chunk=None, gen_ai__request__stream=None)
    put(opened, logfire__span_type="span", logfire__msg_template="Chat Completion with {request_data[model]!r}")
    told = elsewhere(twin(opened, 8, later_ms=202), 8)
    opened.end_time_unix_nano = opened.start_time_unix_nano + 2 * MS
    told.end_time_unix_nano = told.start_time_unix_nano
    put(told, logfire__span_type="log", logfire__msg_template="streaming response from {model} took {duration:.2f}s")
    return [opened, put(told, duration=0.2, **said)]


def test_a_stream_that_logfire_tells_of_in_two_spans_is_one_call_with_its_own_times(genai: Captured) -> None:
    raw = '{"prompt_tokens": 37, "completion_tokens": 12, "prompt_tokens_details": {"cached_tokens": 30}}'
    usage = {"gen_ai__usage__input_tokens": 37, "gen_ai__usage__output_tokens": 12, "gen_ai__usage__raw": raw}
    messages = '[{"role": "assistant", "parts": [{"content": "said"}], "finish_reason": "stop"}]'
    opened, told = a_stream_of_logfire(genai, **usage, gen_ai__output__messages=messages)
    rows = read(request((LOGFIRE, [opened, told])))
    (call,) = calls(rows)
    assert (call["input_tokens"], call["cached_input_tokens"], call["output_tokens"]) == (37, 30, 12)
    assert (call["streaming"], call["stream_end"], call["finish_reason"]) == (True, "finished", "stop")
    assert call["duration_us"] == 200_000
    assert call["started_at"] == told.start_time_unix_nano - 200 * MS
    assert {row["operation"] for row in rows} == {"chat", "open_stream"}


def test_a_stream_of_logfire_that_nobody_read_to_its_end_is_one_abandoned_call(genai: Captured) -> None:
    (call,) = calls(read(request((LOGFIRE, a_stream_of_logfire(genai)))))
    assert (call["stream_end"], call["output_tokens"]) == ("abandoned", None)


def test_a_call_of_logfire_that_failed_did_not_open_a_stream(genai: Captured) -> None:
    opened, _ = a_stream_of_logfire(genai)
    opened.status.code = Status.STATUS_CODE_ERROR
    assert one(LOGFIRE, opened)["is_call"] is True


def test_an_error_that_only_an_outer_instrumentor_saw_ends_the_call_that_counts(
    genai: Captured, inference: Captured
) -> None:
    inner, outer = cut(genai), twin(cut(genai), 5)
    inner.parent_span_id = outer.span_id
    outer.start_time_unix_nano, outer.end_time_unix_nano = inner.start_time_unix_nano, inner.end_time_unix_nano + MS
    outer.status.code = Status.STATUS_CODE_ERROR
    put(outer, error__type="httpx.RemoteProtocolError")
    (call,) = calls(read(request((OPENLLMETRY, [outer]), (genai.scope, [inner]))))
    assert (call["failed"], call["stream_end"]) == (True, "broken")
    assert call["error_type"] == "httpx.RemoteProtocolError"
    assert "failed@openllmetry" in call["provenance"]


def test_an_outer_failure_after_a_response_that_ended_is_not_the_calls(genai: Captured) -> None:
    inner, outer = plain(genai), twin(plain(genai), 5)
    inner.parent_span_id = outer.span_id
    outer.end_time_unix_nano += MS
    outer.status.code = Status.STATUS_CODE_ERROR
    put(outer, error__type="ValidationError")
    (call,) = calls(read(request((OPENLLMETRY, [outer]), (genai.scope, [inner]))))
    assert (call["failed"], call["error_type"]) == (False, None)


def around(span: Span, number: int, *, before_ms: int) -> Span:
    """The span of a library around a client, in a trace of its own, that takes its time before it asks."""
    outer = elsewhere(twin(span, number), number)
    outer.start_time_unix_nano -= before_ms * MS
    outer.end_time_unix_nano += MS
    return put(outer, gen_ai__response__id=None)


@pytest.mark.parametrize("before_ms", [5, 1_200])
def test_a_library_that_loads_before_its_first_request_tells_of_the_same_call(genai: Captured, before_ms: int) -> None:
    inner = plain(genai)
    outer = around(inner, 9, before_ms=before_ms)
    put(inner, gen_ai__response__id=None)
    assert len(calls(read(request((LITELLM, [outer]), (genai.scope, [inner]))))) == 1


def test_a_library_whose_call_failed_long_after_it_began_tells_of_the_same_failure(genai: Captured) -> None:
    inner = genai.having(error__type="openai.RateLimitError")
    for name in ("RateLimitError", "rate_limit_error", "litellm.exceptions.RateLimitError", None):
        outer = put(around(inner, 9, before_ms=1_200), error__type=name)
        assert len(calls(read(request((LITELLM, [outer]), (genai.scope, [inner]))))) == 1, name
    other = put(around(inner, 9, before_ms=1_200), error__type="AuthenticationError")
    assert len(calls(read(request((LITELLM, [other]), (genai.scope, [inner]))))) == 2


def test_three_emitters_with_traces_of_their_own_tell_of_one_call(genai: Captured) -> None:
    inner = elsewhere(plain(genai), 3)
    middle, outer = around(inner, 4, before_ms=2), around(inner, 5, before_ms=4)
    outer.end_time_unix_nano += MS
    body = request((LITELLM, [outer]), (OPENLLMETRY, [middle]), (genai.scope, [inner]))
    assert len(calls(read(body))) == 1


def test_attempts_are_linked_through_the_spans_of_instrumentors_around_them(genai: Captured) -> None:
    failed, again = genai.having(error__type="openai.RateLimitError"), plain(genai)
    again.trace_id = failed.trace_id
    again.start_time_unix_nano = failed.end_time_unix_nano + 10 * MS
    again.end_time_unix_nano = again.start_time_unix_nano + 200 * MS
    asker = (77).to_bytes(8, "big")
    outer = []
    for number, span in enumerate((failed, again), 1):
        wrapper = twin(span, number)
        wrapper.parent_span_id, span.parent_span_id = asker, wrapper.span_id
        wrapper.end_time_unix_nano += MS
        outer.append(wrapper)
    rows = calls(read(request((OPENLLMETRY, outer), (genai.scope, [failed, again]))))
    assert [row["attempt"] for row in rows] == [None, 2]
    assert rows[1]["retry_of"] == failed.span_id.hex()


@pytest.mark.parametrize(
    ("metadata", "given", "cached", "basis"),
    [
        ('{"openai": {"cachedPromptTokens": 30, "reasoningTokens": 3}}', 37, 30, "cached_inside"),
        ('{"anthropic": {"usage": {"cache_read_input_tokens": 1920}}}', 1957, 1920, "cached_outside"),
        ('{"bedrock": {"usage": {"cacheReadInputTokens": 30, "cacheWriteInputTokens": 2}}}', 37, 30, "unknown"),
    ],
)
def test_vercel_hides_what_was_cached_in_the_providers_own_words(
    genai: Captured, metadata: str, given: int, cached: int, basis: str
) -> None:
    span = put(plain(genai), ai__operationId="ai.generateText.doGenerate", ai__response__providerMetadata=metadata)
    row = one("ai", put(span, gen_ai__usage__cache_read__input_tokens=None))
    assert (row["input_tokens"], row["cached_input_tokens"], row["usage_basis"]) == (given, cached, basis)


def test_sums_that_pydantic_ai_writes_on_an_agent_are_nobodys_usage(genai: Captured) -> None:
    agent = put(plain(genai), gen_ai__operation__name="invoke_agent", gen_ai__aggregated_usage__input_tokens=999)
    row = one("pydantic-ai", put(agent, gen_ai__usage__input_tokens=None, gen_ai__usage__output_tokens=None))
    assert (row["is_call"], row["input_tokens"]) == (False, None)


@pytest.mark.parametrize("value", ["37", 37.0, '{"intValue": "37"}', '{"intValue": 37}'])
def test_a_count_that_a_pipeline_rewrote_is_still_a_count(genai: Captured, value: str | float) -> None:
    assert one(genai.scope, put(plain(genai), gen_ai__usage__input_tokens=value))["input_tokens"] == 37


def test_words_for_true_and_lists_as_python_writes_them_are_read(genai: Captured) -> None:
    span = put(cut(genai), gen_ai__request__stream=None, gen_ai__response__time_to_first_chunk=None)
    span = put(span, llm__is_streaming="True", gen_ai__response__finish_reasons="['stop']")
    row = one(LITELLM, span)
    assert (row["streaming"], row["finish_reason"]) == (True, "stop")


@pytest.mark.parametrize("operation", ["chat", None])
def test_how_a_stream_ended_for_its_reader_is_as_our_own_sdk_says_it_on_calls_and_on_answers(
    genai: Captured, operation: str | None
) -> None:
    span = genai.having(gen_ai__response__id="chatcmpl-mock000002")
    put(span, gen_ai__operation__name=operation, outproof__stream__end="abandoned")
    assert one("outproof", span)["stream_end"] == "abandoned"
