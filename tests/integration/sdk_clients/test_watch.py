"""Model calls inside of an answer: watched by hand, in steps, and beside what was stated."""

from collections.abc import Iterator
from typing import Any

import pytest

import outproof
from tests.integration.sdk_clients.provider import Provider, Told
from tests.integration.sdk_receiver import attributes


@pytest.fixture
def client(openai: Any, provider: Provider) -> Iterator[Any]:
    with openai.OpenAI(api_key="sk-test", base_url=f"{provider.url}/v1", max_retries=0) as client:
        yield client


def a_stream(client: Any, case: str = "cached") -> Any:
    return client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": f"CASE:{case}"}],
        stream=True,
        stream_options={"include_usage": True},
    )


def test_a_generator_that_hands_on_pieces_of_a_watched_stream_is_one_call(client: Any, told: Told) -> None:
    @outproof.monitor("answer")
    def answer() -> Iterator[str]:
        answer = outproof.current_answer()
        answer.route("serve", first_failed_stage="passed")
        for chunk in answer.watch(a_stream(client)):
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content

    assert "refunds take five days" in "".join(answer())
    facts = told.facts()
    assert facts["outproof.answer.route"] == "serve"
    assert facts["gen_ai.usage.output_tokens"] == 64
    assert facts["outproof.stream.end"] == "finished"
    assert 0 < facts["outproof.answer.time_to_first_token"] < facts["seconds"]


def test_a_watched_stream_that_is_returned_as_it_is_ends_the_answer_at_its_own_end(client: Any, told: Told) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return outproof.current_answer().watch(a_stream(client))

    stream = answer()
    assert told.spans() == []
    for _ in stream:
        pass
    assert told.facts()["gen_ai.usage.output_tokens"] == 64


def test_what_was_stated_by_hand_stays(client: Any, told: Told) -> None:
    with outproof.answer("answer") as a:
        a.usage(input_tokens=7)
        a.finish("length")
        for _ in a.watch(a_stream(client)):
            pass
    facts = told.facts()
    assert (facts["gen_ai.usage.input_tokens"], facts["gen_ai.usage.output_tokens"]) == (7, 64)
    assert facts["gen_ai.response.finish_reasons"] == ["length"]


def test_several_model_calls_of_one_answer_are_steps_with_their_own_usage(client: Any, told: Told) -> None:
    with outproof.answer("answer") as a:
        for name, case in (("draft", "cached"), ("check", "plain")):
            with outproof.step(name) as step:
                for _ in step.watch(a_stream(client, case)):
                    pass
    draft, check, answer = told.spans()
    usage = "gen_ai.usage.output_tokens"
    assert [attributes(span).get(usage) for span in (draft, check, answer)] == [64, 12, None]
    assert [attributes(span).get("outproof.step") for span in (draft, check)] == ["draft", "check"]
    assert {draft.parent_span_id, check.parent_span_id} == {answer.span_id}
    assert a.id == f"{answer.trace_id.hex()}:{answer.span_id.hex()}"


def test_a_second_model_call_in_one_block_is_not_mixed_with_the_first(client: Any, told: Told) -> None:
    before = outproof.stats()["faults"].get("second_model_call", 0)
    with outproof.answer("answer") as a:
        for case in ("cached", "plain"):
            for _ in a.watch(a_stream(client, case)):
                pass
    assert told.facts()["gen_ai.usage.output_tokens"] == 64
    assert outproof.stats()["faults"]["second_model_call"] == before + 1


def test_a_response_that_came_as_plain_json_is_read_too(provider: Provider, told: Told, client: Any) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "CASE:cached"}]
    )

    @outproof.monitor("answer")
    def answer() -> Any:
        return raw.http_response.json()

    assert answer()["object"] == "chat.completion"
    assert told.facts()["gen_ai.usage.cache_read.input_tokens"] == 1920
