from typing import Any

import pytest

from outproof.contract.answer import Quarantine, Rejection
from outproof.wire.dialects import aliases
from tests.unit.wire.spans import NOW, a_span, read, row_of

DAY_NS = 86_400 * 10**9
CHAT = {"gen_ai.operation.name": "chat"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"traceId": "00" * 16}, Rejection.BAD_TRACE_ID),
        ({"traceId": "0a0b"}, Rejection.BAD_TRACE_ID),
        ({"spanId": ""}, Rejection.BAD_SPAN_ID),
        ({"spanId": "00" * 8}, Rejection.BAD_SPAN_ID),
        ({"startTimeUnixNano": "0"}, Rejection.NO_START_TIME),
        ({"startTimeUnixNano": str(NOW - 401 * DAY_NS)}, Rejection.TOO_OLD),
        ({"startTimeUnixNano": str(NOW + 2 * DAY_NS)}, Rejection.IN_THE_FUTURE),
    ],
)
def test_a_span_that_cannot_be_kept_is_refused_by_reason_and_its_neighbours_are_not(
    fields: dict[str, Any], reason: Rejection
) -> None:
    reading = read(a_span(**fields), a_span(CHAT))
    assert reading.rejected == {reason: 1}
    assert reading.spans == 1


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"ttft_ms": 240, "total_ms": 240, "output": 30}, Quarantine.FIRST_TOKEN_AFTER_END),
        ({"ttft_ms": 300, "total_ms": 240, "output": 30}, Quarantine.FIRST_TOKEN_AFTER_END),
        ({"ttft_ms": 300, "total_ms": 240, "output": 1}, Quarantine.FIRST_TOKEN_AFTER_END),
        ({"ttft_ms": -1, "total_ms": 240, "output": 30}, Quarantine.FIRST_TOKEN_AFTER_END),
        ({"ttft_ms": 240, "total_ms": 240, "output": 1}, None),
        ({"ttft_ms": 0, "total_ms": 100, "output": 0}, None),
        ({"total_ms": -5}, Quarantine.ENDS_BEFORE_START),
        ({"total_ms": 240, "input": 50, "cached": 80}, Quarantine.CACHED_EXCEEDS_INPUT),
        ({"total_ms": 240, "input": 80, "cached": 80}, None),
        ({"total_ms": 240, "output": 20, "reasoning": 21}, Quarantine.REASONING_EXCEEDS_OUTPUT),
        ({"total_ms": 240, "output": -1}, Quarantine.NEGATIVE_TOKENS),
    ],
)
def test_facts_that_contradict_each_other_are_set_aside_and_blanked_but_the_answer_still_counts(
    facts: dict[str, int], reason: Quarantine | None
) -> None:
    names = {
        "input": "gen_ai.usage.input_tokens",
        "cached": "gen_ai.usage.cache_read.input_tokens",
        "output": "gen_ai.usage.output_tokens",
        "reasoning": "gen_ai.usage.reasoning.output_tokens",
    }
    values: dict[str, Any] = {**CHAT, "outproof.answer.unsafe_claim_served": True}
    values |= {names[fact]: value for fact, value in facts.items() if fact in names}
    if "ttft_ms" in facts:
        values["gen_ai.response.time_to_first_chunk"] = facts["ttft_ms"] / 1_000
    reading = read(a_span(values, endTimeUnixNano=str(NOW + facts["total_ms"] * 1_000_000)))

    assert [aside.reason for aside in reading.set_aside] == ([reason] if reason else [])
    assert reading.columns["unsafe_claim_served"] == (True,)
    if reason in (Quarantine.FIRST_TOKEN_AFTER_END, Quarantine.ENDS_BEFORE_START):
        assert reading.columns["ttft_us"] == reading.columns["duration_us"] == (None,)
        assert reading.set_aside[0].facts["duration_us"] == facts["total_ms"] * 1_000
    if reason is Quarantine.CACHED_EXCEEDS_INPUT:
        assert reading.columns["input_tokens"] == reading.columns["cached_input_tokens"] == (None,)
        assert reading.set_aside[0].facts == {"input_tokens": 50, "cached_input_tokens": 80}


def test_contradictory_times_do_not_hide_contradictory_tokens() -> None:
    values = {**CHAT, "gen_ai.usage.input_tokens": 50, "gen_ai.usage.cache_read.input_tokens": 80}
    reading = read(a_span(values, endTimeUnixNano=str(NOW - 1_000_000)))
    assert [aside.reason for aside in reading.set_aside] == [
        Quarantine.ENDS_BEFORE_START,
        Quarantine.CACHED_EXCEEDS_INPUT,
    ]
    assert reading.columns["input_tokens"] == reading.columns["duration_us"] == (None,)


def test_current_names_win_over_legacy_ones_and_the_row_says_where_each_fact_came_from() -> None:
    row = row_of(
        {**CHAT, "gen_ai.usage.prompt_tokens": 9, "gen_ai.usage.input_tokens": 7, "gen_ai.system": "az.ai.openai"}
    )
    assert row["input_tokens"] == 7
    assert row["provider"] == "azure.ai.openai"
    assert "input_tokens=gen_ai.usage.input_tokens" in row["provenance"]
    assert "provider=gen_ai.system" in row["provenance"]


def test_legacy_names_alone_are_read() -> None:
    row = row_of({**CHAT, "gen_ai.usage.prompt_tokens": 9, "gen_ai.usage.completion_tokens": 4})
    assert (row["input_tokens"], row["output_tokens"]) == (9, 4)


@pytest.mark.parametrize("value", ["soon", "", "NaN", float("inf"), True, [1], 1.5, 2**60])
def test_a_count_that_is_no_whole_number_is_unknown(value: object) -> None:
    assert row_of({**CHAT, "gen_ai.usage.input_tokens": value})["input_tokens"] is None


@pytest.mark.parametrize("value", [37, "37", 37.0])
def test_a_count_is_read_as_number_text_or_float(value: object) -> None:
    assert row_of({**CHAT, "gen_ai.usage.input_tokens": value})["input_tokens"] == 37


@pytest.mark.parametrize(
    "prefix",
    ["shopflow.answer.unsafe_claim_served", "shopflow.unsafe_claim_served", "outproof.answer.unsafe_claim_served"],
)
def test_a_decision_is_read_from_the_configured_namespace_and_always_from_our_own(prefix: str) -> None:
    row = row_of({prefix: True}, namespaces=("shopflow",))
    assert row["unsafe_claim_served"] is True
    assert row["is_answer"] is True


def test_an_answer_without_its_flag_is_unverified_and_never_safe() -> None:
    row = row_of({"outproof.answer.route": "serve"})
    assert row["is_answer"] is True
    assert row["unsafe_claim_served"] is None


def test_a_foreign_namespace_says_nothing_about_the_decision() -> None:
    assert row_of({"shopflow.answer.route": "serve"})["is_answer"] is False


def test_mapping_a_fact_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError, match="mood"):
        aliases(attributes={"mood": "x.mood"})


def test_a_span_without_a_service_name_belongs_to_unknown_service() -> None:
    row = row_of({}, endTimeUnixNano="0")
    assert row["service"] == "tracking-answerer"
    assert row["duration_us"] is None
    assert row["is_call"] is False


def test_a_number_that_no_protobuf_could_carry_is_unknown_and_its_span_is_kept() -> None:
    assert row_of({**CHAT, "gen_ai.usage.input_tokens": 10**30})["input_tokens"] is None


@pytest.mark.parametrize("parent", ["", "ff" * 3, "ff" * 20])
def test_a_parent_that_is_no_span_id_is_no_parent(parent: str) -> None:
    assert row_of(CHAT, parentSpanId=parent)["parent_span_id"] == 0
