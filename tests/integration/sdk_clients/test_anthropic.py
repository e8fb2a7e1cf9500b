"""Functions that hand out streams and messages of the real Anthropic client."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import outproof
from tests.integration.sdk_clients.provider import Provider, Told

MODEL = "claude-of-the-day"


def asked(case: str) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": f"CASE:{case}"}]}


@pytest.fixture
def client(anthropic: Any, provider: Provider) -> Iterator[Any]:
    with anthropic.Anthropic(api_key="sk-ant-test", base_url=provider.url, max_retries=0) as client:
        yield client


@pytest.fixture
async def async_client(anthropic: Any, provider: Provider) -> AsyncIterator[Any]:
    async with anthropic.AsyncAnthropic(api_key="sk-ant-test", base_url=provider.url, max_retries=0) as client:
        yield client


@pytest.mark.parametrize("case", ["cached", "cachewrite", "plain"])
def test_cached_tokens_that_anthropic_counts_beside_the_input_are_inside_ours(
    client: Any, told: Told, provider: Provider, case: str
) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.messages.create(**asked(case), stream=True)

    text = "".join(e.delta.text for e in answer() if e.type == "content_block_delta")
    served, facts = provider.served(case), told.facts()
    assert text == served["text"]
    assert facts["gen_ai.usage.input_tokens"] == served["input_tokens"] > 0
    assert facts["gen_ai.usage.cache_read.input_tokens"] == served["cached_input_tokens"]
    assert facts["gen_ai.usage.cache_creation.input_tokens"] == served["cache_write_tokens"]
    assert facts["gen_ai.usage.output_tokens"] == served["output_tokens"]
    assert facts["gen_ai.response.model"] == served["model_response"]
    assert facts["gen_ai.response.id"] == served["response_id"]
    assert facts["gen_ai.response.finish_reasons"] == ["end_turn"]
    assert (facts["gen_ai.provider.name"], facts["outproof.stream.end"]) == ("anthropic", "finished")
    assert facts["gen_ai.response.time_to_first_chunk"] <= facts["outproof.answer.time_to_first_token"]
    assert facts["outproof.answer.time_to_first_token"] >= served["first_chunk_ms"] / 1e3


def test_a_message_that_is_no_stream_is_read_when_it_is_returned(client: Any, told: Told, provider: Provider) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.messages.create(**asked("cached"))

    assert answer().content[0].text == provider.served("cached")["text"]
    facts = told.facts()
    assert (facts["gen_ai.usage.input_tokens"], facts["gen_ai.usage.output_tokens"]) == (2048, 64)
    assert facts["gen_ai.response.service_tier"] == "standard"


def test_the_stream_block_and_its_text_stream_are_followed(client: Any, told: Told, provider: Provider) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.messages.stream(**asked("plain"))

    with answer() as stream:
        text = "".join(stream.text_stream)
        assert stream.get_final_message().usage.output_tokens == 12
    served, facts = provider.served("plain"), told.facts()
    assert text == served["text"]
    assert (facts["gen_ai.usage.input_tokens"], facts["gen_ai.usage.output_tokens"]) == (37, 12)
    assert facts["outproof.stream.end"] == "finished"


def test_a_stream_block_that_is_never_entered_is_abandoned(client: Any, told: Told) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.messages.stream(**asked("plain"))

    answer()
    assert told.facts()["outproof.stream.end"] == "abandoned"


def test_an_error_on_entering_the_block_is_the_clients_own(anthropic: Any, client: Any, told: Told) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.messages.stream(**asked("err500"))

    with pytest.raises(anthropic.InternalServerError), answer():
        pass
    facts = told.facts()
    assert (facts["error.type"], facts["failed"]) == ("InternalServerError", True)


def test_a_broken_stream_knows_its_input_and_not_its_output(client: Any, told: Told) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.messages.create(**asked("midstream"), stream=True)

    with pytest.raises(Exception, match=r"incomplete|closed|peer|Connection"):
        list(answer())
    facts = told.facts()
    assert facts["outproof.stream.end"] == "broken"
    assert facts["gen_ai.usage.input_tokens"] == 37  # it was billed
    assert "gen_ai.usage.output_tokens" not in facts


def test_a_dropped_stream_is_abandoned_and_its_connection_given_back(client: Any, told: Told) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.messages.create(**asked("slow"), stream=True)

    stream = answer()
    next(stream)
    response = stream.response
    del stream
    assert response.is_closed
    assert told.facts()["outproof.stream.end"] == "abandoned"


@pytest.mark.anyio
async def test_async_streams_and_blocks_are_followed(async_client: Any, told: Told, provider: Provider) -> None:
    @outproof.monitor("answer")
    async def answer() -> Any:
        return await async_client.messages.create(**asked("plain"), stream=True)

    text = "".join([e.delta.text async for e in await answer() if e.type == "content_block_delta"])
    assert text == provider.served("plain")["text"]
    assert told.facts()["outproof.stream.end"] == "finished"

    @outproof.monitor("block")
    def block() -> Any:
        return async_client.messages.stream(**asked("plain"))

    async with block() as stream:
        assert "".join([piece async for piece in stream.text_stream]) == text
    facts = told.facts()
    assert (facts["name"], facts["gen_ai.usage.output_tokens"]) == ("block", 12)
