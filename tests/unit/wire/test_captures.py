import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.wire.captures import captures, read, rows

FACTS = {
    "operation": "operation",
    "provider": "provider",
    "model_request": "model_request",
    "model_response": "model",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cached_input_tokens": "cached_input_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "finish": "finish_reason",
    "streaming": "streaming",
    "error_type": "error_type",
}


@pytest.fixture(scope="module")
def expected(realcases: Path) -> dict[str, Any]:
    return json.loads((realcases / "wire" / "EXPECTED.json").read_text())


@pytest.fixture(scope="module")
def read_rows(realcases: Path) -> dict[str, dict[str, dict[str, Any]]]:
    return rows(realcases)


def test_every_captured_call_is_read_as_its_provider_served_it(
    expected: dict[str, Any], read_rows: dict[str, dict[str, dict[str, Any]]]
) -> None:
    wrong = []
    for client, truth in expected.items():
        for call in truth["calls"]:
            row = read_rows[client][call["span"]]
            # A stream that broke has no model in the provider's log; what the emitter says of it is as good as any.
            broken = bool(call["truth"].get("broken") or call["truth"].get("client_gave_up"))
            for fact, column in FACTS.items():
                if fact not in call["expect"] or (fact == "model_response" and broken):
                    continue
                if row[column] != call["expect"][fact]:
                    wrong.append((client, call["case"], fact, call["expect"][fact], row[column]))
            if row["failed"] != (call["expect"]["status"] == "error"):
                wrong.append((client, call["case"], "status", call["expect"]["status"], row["failed"]))
    assert wrong == []


def test_time_to_first_token_is_what_the_client_measured_and_unknown_without_a_stream(
    expected: dict[str, Any], read_rows: dict[str, dict[str, dict[str, Any]]]
) -> None:
    for client, truth in expected.items():
        for call in truth["calls"]:
            ttft_us, ttft_ms = read_rows[client][call["span"]]["ttft_us"], call["expect"]["ttft_ms"]
            if ttft_ms is None:
                assert ttft_us is None, (client, call["case"])
            else:
                assert ttft_us == pytest.approx(ttft_ms * 1_000, abs=60), (client, call["case"])


def test_calls_and_tokens_are_counted_once_however_many_spans_wrap_them(
    expected: dict[str, Any], read_rows: dict[str, dict[str, dict[str, Any]]]
) -> None:
    for client, truth in expected.items():
        calls = [row for row in read_rows[client].values() if row["is_call"]]
        assert truth["llm_calls"]["min"] <= len(calls) <= truth["llm_calls"]["max"], client
        for column in ("input_tokens", "output_tokens", "cached_input_tokens"):
            assert sum(row[column] or 0 for row in calls) == truth["totals"][column], (client, column)
        assert sum(row["failed"] for row in calls) == truth["totals"]["errors"]["min"], client


def test_usage_that_no_provider_sent_is_unknown_and_not_zero(
    expected: dict[str, Any], read_rows: dict[str, dict[str, dict[str, Any]]]
) -> None:
    silent = [
        read_rows[client][call["span"]]
        for client, truth in expected.items()
        for call in truth["calls"]
        if call["truth"].get("usage_sent") is False or call["truth"].get("http_status", 200) >= 400
    ]
    assert len(silent) > 10
    assert all(row["input_tokens"] is None and row["output_tokens"] is None for row in silent)


def test_the_decision_of_the_application_is_read_from_its_own_namespace(
    read_rows: dict[str, dict[str, dict[str, Any]]],
) -> None:
    answers = {row["request_id"]: row for row in read_rows["seed_window_genai"].values() if row["is_answer"]}
    assert sorted(answers) == [f"req_20{n}" for n in range(1, 7)]
    assert answers["req_205"]["unsafe_claim_served"] is True
    assert answers["req_205"]["template_id"] == "tracking-answerer-v1.1-regression"
    assert answers["req_204"]["evidence_version"] is None
    assert not any(row["is_call"] for row in answers.values())


def test_no_prompt_and_no_answer_of_a_capture_is_in_what_was_read(realcases: Path) -> None:
    for capture in captures(realcases):
        kept = repr(read(capture))
        for raw in ("maya.lopez@example.com", "A10234", "Your parcel was scanned", "delivery assistant"):
            assert raw not in kept, capture.client
