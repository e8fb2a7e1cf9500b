"""Responses and chunks of model clients, as plain JSON: what is read of them, and what is not theirs."""

from typing import Any

import pytest

from outproof.sdk.responses import Reading

MODEL, FINISH, OUTPUT = "gen_ai.response.model", "gen_ai.response.finish_reasons", "gen_ai.usage.output_tokens"
INPUT, CACHED = "gen_ai.usage.input_tokens", "gen_ai.usage.cache_read.input_tokens"
WRITTEN, REASONING = "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.reasoning.output_tokens"

ANTHROPIC_START = {
    "type": "message_start",
    "message": {
        "type": "message",
        "id": "msg_1",
        "model": "claude",
        "usage": {"input_tokens": 100, "cache_read_input_tokens": 1920, "cache_creation_input_tokens": 28}
        | {"output_tokens": 1},
    },
}
ANTHROPIC_END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 64}}
RESPONSE = {
    "object": "response",
    "id": "resp_1",
    "model": "o4-mini",
    "status": "incomplete",
    "incomplete_details": {"reason": "max_output_tokens"},
    "output": [],
    "usage": {"input_tokens": 90, "output_tokens": 300, "output_tokens_details": {"reasoning_tokens": 256}},
}


def read(*chunks: Any) -> tuple[dict[str, object], list[bool]]:
    """What was read, and which chunks held text."""
    reading = Reading()
    visible = [reading.look(chunk) for chunk in chunks]
    return reading.facts, visible


def text_of(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def test_anthropics_three_input_counts_are_one_and_its_opening_output_is_none() -> None:
    opening, _ = read(ANTHROPIC_START)
    assert (opening[INPUT], opening[CACHED], opening[WRITTEN], OUTPUT in opening) == (2048, 1920, 28, False)
    whole, visible = read(ANTHROPIC_START, text_of(""), text_of("Refunds"), ANTHROPIC_END)
    assert (whole[INPUT], whole[OUTPUT], whole[FINISH], whole[MODEL]) == (2048, 64, "end_turn", "claude")
    assert visible == [False, False, True, False]


def test_a_response_of_openai_says_why_it_is_incomplete_and_what_was_reasoning() -> None:
    for thing in (RESPONSE, {"type": "response.incomplete", "response": RESPONSE}):
        facts, _ = read(thing)
        assert (facts[FINISH], facts[OUTPUT], facts[REASONING]) == ("max_output_tokens", 300, 256)
    facts, _ = read({"type": "response.created", "response": {**RESPONSE, "status": "in_progress"}})
    assert (facts[MODEL], FINISH in facts, OUTPUT in facts) == ("o4-mini", False, False)


def test_the_last_line_of_an_old_ollama_is_the_end_although_it_gives_no_reason() -> None:
    reading = Reading()
    reading.look({"model": "llama3.2", "message": {"content": ""}, "done": True, "eval_count": 12})
    assert (reading.complete, reading.facts[OUTPUT], INPUT in reading.facts) == (True, 12, False)


def test_of_several_choices_the_first_says_why_it_ended_and_any_may_be_visible() -> None:
    def chunk(index: int, content: str, finish: str | None = None) -> dict[str, Any]:
        choice = {"index": index, "delta": {"content": content}, "finish_reason": finish}
        return {"object": "chat.completion.chunk", "model": "m", "choices": [choice]}

    facts, visible = read(chunk(1, "b", "length"), chunk(0, "", "stop"))
    assert (facts[FINISH], visible) == ("stop", [True, False])


def test_counts_that_are_none_are_left_out() -> None:
    odd = {"prompt_tokens": True, "completion_tokens": "12", "prompt_tokens_details": None}
    facts, _ = read({"object": "chat.completion", "model": "m", "choices": [], "usage": odd})
    assert set(facts) == {"gen_ai.operation.name", MODEL}


@pytest.mark.parametrize(
    "thing",
    [
        *(None, 7, [], {}, {"choices": []}, {"choices": [{"message": "hi"}]}, {"type": "message", "text": "hi"}),
        *({"type": 7}, {"type": "response.sent", "response": "hi"}, {"object": "response"}, {"usage": {}}),
    ],
)
def test_what_is_no_models_is_not_read(thing: object) -> None:
    reading = Reading()
    assert not reading.look(thing)
    assert not reading.of_model
