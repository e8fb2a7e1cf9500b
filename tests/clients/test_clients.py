"""Released clients and instrumentors, run for real: what is kept of their calls is what their provider served."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.clients.run import Outcome, Program, Told, outcome
from tests.integration.test_raw_access import seen_in

QUIET = {"TRACELOOP_TELEMETRY": "false"}
LOCAL = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
CONTENTS = {
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "span_and_event",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT": "true",
}
PROGRAMS = {
    "official": Program("official", "http/protobuf", 12, CONTENTS),
    "official-by-grpc": Program("official", "grpc", 12, CONTENTS),
    "openinference": Program("openinference", "http/json", 12, {}),
    "openllmetry": Program("openllmetry", "grpc", 12, QUIET),
    "three-instrumentors": Program("three_instrumentors", "http/protobuf", 12, QUIET),
    "anthropic": Program("anthropics", "http/protobuf", 8, QUIET),
    "ollama": Program("ollamas", "grpc", 4, QUIET),
    "litellm": Program("litellms", "http/protobuf", 10, LOCAL),
}
OPENAI = ("official", "official-by-grpc", "openinference", "openllmetry", "three-instrumentors")
every_program = pytest.mark.parametrize("name", PROGRAMS)


@pytest.fixture(scope="module")
def found(realcases: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("clients")
    config = folder / "outproof.yaml"
    config.write_text("{}\n")
    return outcome(PROGRAMS, realcases, folder, config)


def was_left(call: dict[str, Any]) -> bool:
    """Whether the program went away in the middle: a provider that had sent everything by then did not notice."""
    return bool(call["case"] == "slow")


def silent(call: dict[str, Any]) -> bool:
    """Whether the provider sent no usage: it refused, broke off, was left, or was not asked for any."""
    left = call.get("broken") or was_left(call) or call.get("usage_sent") is False
    return bool(left or call["http_status"] >= 400)


def pairs(told: Told) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each call that was served beside what is kept of it: the programs ask one after the other."""
    assert len(told.calls) == len(told.served)
    return list(zip(told.served, told.calls, strict=True))


@every_program
def test_each_call_that_was_served_is_one_call_whoever_told_of_it_and_however_often(found: Outcome, name: str) -> None:
    told = found.told[name]
    assert len(told.served) == PROGRAMS[name].calls
    assert len(told.calls) == len(told.served), [
        (row["dialect"], row["operation"], row["call_id"]) for row in told.rows
    ]
    spans = Counter((row["trace_id"], row["span_id"]) for row in told.rows)
    assert set(spans.values()) == {1}


@every_program
def test_tokens_are_those_the_provider_counted_and_unknown_where_it_sent_none(found: Outcome, name: str) -> None:
    for served, kept in pairs(found.told[name]):
        case = name, served["n"], served["case"]
        if silent(served):
            assert kept["output_tokens"] is None, case
            assert kept["input_tokens"] in (None, served.get("input_tokens")), case  # Anthropic says it first of all
            continue
        assert kept["input_tokens"] == served["input_tokens"], case
        assert kept["output_tokens"] == served["output_tokens"], case
        assert (kept["cached_input_tokens"] or 0) == served["cached_input_tokens"], case
        assert (kept["cache_write_tokens"] or 0) == served["cache_write_tokens"], case
        assert (kept["reasoning_tokens"] or 0) == served["reasoning_tokens"], case


@every_program
def test_calls_that_were_refused_have_failed_with_a_class_and_without_a_text(found: Outcome, name: str) -> None:
    for served, kept in pairs(found.told[name]):
        case = name, served["n"], served["case"]
        if served["http_status"] >= 400:
            assert kept["failed"] is True, case
            assert kept["error_type"], case
            assert "Rate limit reached" not in kept["error_type"], case
        elif not served.get("broken"):
            assert kept["failed"] is False, case


@every_program
def test_streams_have_ended_as_they_did(found: Outcome, name: str) -> None:
    for served, kept in pairs(found.told[name]):
        case = name, served["n"], served["case"], kept["stream_end"]
        if served.get("broken"):  # some instrumentors notice, to others it looks as if it had been left
            assert kept["stream_end"] in ("broken", "abandoned"), case
            assert kept["failed"] is (kept["stream_end"] == "broken"), case
        elif was_left(served):
            assert kept["stream_end"] == "abandoned", case
        elif served["stream"] and served["http_status"] == 200:
            assert (kept["streaming"], kept["stream_end"]) == (True, "finished"), case
        else:
            assert kept["stream_end"] in (None, "broken"), case


@pytest.mark.parametrize("name", ["official", "official-by-grpc", "openinference", "three-instrumentors"])
def test_a_broken_stream_is_told_from_one_that_was_left(found: Outcome, name: str) -> None:
    ends = [kept["stream_end"] for served, kept in pairs(found.told[name]) if served["case"] in ("midstream", "slow")]
    assert ends == ["broken", "abandoned"]


@pytest.mark.parametrize("name", [*OPENAI, "anthropic"])
def test_the_first_token_is_measured_to_a_chunk_at_the_client(found: Outcome, name: str) -> None:
    streams = [(served, kept) for served, kept in pairs(found.told[name]) if served.get("first_chunk_ms")]
    assert len(streams) >= 2
    for served, kept in streams:
        assert kept["ttft_kind"] == "chunk", (name, served["case"])
        earliest_us = served["first_chunk_ms"] * 1_000 - 40_000  # Anthropic opens with a chunk that holds no text
        assert earliest_us <= kept["ttft_us"] <= kept["duration_us"], (name, served["case"])
    assert all(kept["ttft_us"] is None for served, kept in pairs(found.told[name]) if not served["stream"])


@pytest.mark.parametrize("name", [*OPENAI, "anthropic", "litellm"])
def test_a_call_after_one_that_met_a_limit_is_the_next_attempt_of_the_same_request(found: Outcome, name: str) -> None:
    attempts = [(served, kept) for served, kept in pairs(found.told[name]) if kept["attempt"]]
    ((served, again),) = attempts
    assert (served["case"], again["attempt"]) == ("plain", 2)
    (first,) = [kept for served, kept in pairs(found.told[name]) if served["http_status"] == 429]
    assert again["retry_of"] == f"{first['span_id']:016x}"


@pytest.mark.parametrize("name", [*OPENAI, "anthropic", "ollama"])
def test_models_are_the_one_that_was_asked_for_and_the_one_that_answered(found: Outcome, name: str) -> None:
    for served, kept in pairs(found.told[name]):
        assert kept["model_request"] == served["model_request"], (name, served["case"])
        if not silent(served):
            assert kept["model"] == served["model_response"], (name, served["case"])


def test_what_several_told_of_one_call_is_kept_apart_and_named_after_the_one_that_counts(found: Outcome) -> None:
    for name in ("three-instrumentors", "litellm", "anthropic"):
        told = found.told[name]
        counted = {f"{row['span_id']:016x}" for row in told.calls}
        twins = [row for row in told.rows if row["is_duplicate"]]
        assert len(twins) >= len(told.served) // 2, name
        assert {row["call_id"] for row in twins} <= counted, name


def test_everything_was_sent_twice_and_stored_once(found: Outcome) -> None:
    kept = sum(len(told.rows) for told in found.told.values())
    assert found.ledger["traces", "stored"] == kept
    assert found.ledger["traces", "duplicate"] == kept


def test_metrics_and_messages_beside_the_spans_are_counted_and_not_kept(found: Outcome) -> None:
    assert found.ledger["metrics", "rejected"] > 0
    assert found.ledger["logs", "stored"] > 0


def test_nothing_a_person_said_to_a_model_is_on_disk_or_in_the_log(found: Outcome) -> None:
    assert not seen_in(found.data, found.said)
