"""Functions that hand out what the real Ollama client makes: its streams are plain generators."""

import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import pytest

import outproof
from tests.integration.sdk_clients.provider import Provider, Told

MODEL = "llama3.2"


def asks(case: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"Where is my order? CASE:{case}"}]


@pytest.fixture
def client(ollama: Any, provider: Provider) -> Iterator[Any]:
    client = ollama.Client(host=provider.url)
    yield client
    client._client.close()


@pytest.fixture
async def async_client(ollama: Any, provider: Provider) -> AsyncIterator[Any]:
    client = ollama.AsyncClient(host=provider.url)
    yield client
    await client._client.aclose()


def test_a_stream_is_told_with_first_token_and_the_usage_of_its_final_chunk(
    client: Any, told: Told, provider: Provider
) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.chat(model=MODEL, messages=asks("plain"), stream=True)

    stream = answer()
    assert inspect.isgenerator(stream)
    assert stream.__name__ == "inner"
    text = "".join(cast("Any", part).message.content for part in stream)
    served, facts = provider.served("plain"), told.facts()
    assert text == served["text"]
    assert facts["gen_ai.usage.input_tokens"] == served["input_tokens"]
    assert facts["gen_ai.usage.output_tokens"] == served["output_tokens"]
    assert (facts["gen_ai.provider.name"], facts["gen_ai.response.model"]) == ("ollama", MODEL)
    assert facts["gen_ai.response.finish_reasons"] == ["stop"]
    assert facts["outproof.stream.end"] == "finished"
    assert facts["outproof.answer.time_to_first_token"] >= served["first_chunk_ms"] / 1e3


def test_a_response_of_generate_is_read_when_it_is_returned(client: Any, told: Told) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.generate(model=MODEL, prompt="CASE:length")

    assert answer().done_reason == "length"
    facts = told.facts()
    assert facts["gen_ai.response.finish_reasons"] == ["length"]
    assert (facts["gen_ai.usage.input_tokens"], facts["gen_ai.usage.output_tokens"]) == (40, 16)


def test_embeddings_are_told_as_embeddings(client: Any, told: Told) -> None:
    @outproof.monitor("embed")
    def embed() -> Any:
        return client.embed(model="nomic-embed-text", input=["one", "two"])

    assert len(embed().embeddings) == 2
    facts = told.facts()
    assert (facts["gen_ai.operation.name"], facts["gen_ai.usage.input_tokens"]) == ("embeddings", 16)


def test_a_stream_that_breaks_raises_its_own_error_and_is_told_as_broken(ollama: Any, client: Any, told: Told) -> None:
    @outproof.monitor("answer")
    def answer(case: str) -> Any:
        return client.chat(model=MODEL, messages=asks(case), stream=True)

    with pytest.raises(Exception) as caught:
        list(answer("midstream"))
    facts = told.facts()
    assert (facts["outproof.stream.end"], facts["error.type"]) == ("broken", caught.type.__qualname__)
    with pytest.raises(ollama.ResponseError):
        list(answer("err500"))
    assert told.facts()["error.type"] == "ResponseError"


def test_a_reader_who_leaves_has_abandoned_the_stream(client: Any, told: Told) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.chat(model=MODEL, messages=asks("slow"), stream=True)

    for _ in answer():
        break
    facts = told.facts()
    assert facts["outproof.stream.end"] == "abandoned"
    assert "outproof.answer.time_to_first_token" in facts
    assert not facts["failed"]


@pytest.mark.anyio
async def test_async_streams_are_told_like_others(async_client: Any, told: Told, provider: Provider) -> None:
    @outproof.monitor("answer")
    async def answer() -> Any:
        return await async_client.chat(model=MODEL, messages=asks("plain"), stream=True)

    stream = await answer()
    assert inspect.isasyncgen(stream)
    assert "".join([cast("Any", part).message.content async for part in stream]) == provider.served("plain")["text"]
    facts = told.facts()
    assert (facts["gen_ai.usage.output_tokens"], facts["outproof.stream.end"]) == (12, "finished")
