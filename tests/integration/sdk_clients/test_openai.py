"""Functions that hand out streams and responses of the real OpenAI client: what is told of them, and that they stay."""

import asyncio
import gc
import json
import socket
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import outproof
from tests.integration.mail_relay import misbehaving
from tests.integration.sdk_clients.provider import Provider, Told

MODEL = "gpt-4o-mini"
USAGE = {"include_usage": True}
TOTAL_S = 0.2  # the provider ends no ordinary stream sooner


def asks(case: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"Where is my order? CASE:{case}"}]


@pytest.fixture
def client(openai: Any, provider: Provider) -> Iterator[Any]:
    with openai.OpenAI(api_key="sk-test", base_url=f"{provider.url}/v1", max_retries=0) as client:
        yield client


@pytest.fixture
async def async_client(openai: Any, provider: Provider) -> AsyncIterator[Any]:
    async with openai.AsyncOpenAI(api_key="sk-test", base_url=f"{provider.url}/v1", max_retries=0) as client:
        yield client


@pytest.fixture
def answer(client: Any) -> Any:
    @outproof.monitor("answer")
    def answer(case: str, **more: Any) -> Any:
        return client.chat.completions.create(model=MODEL, messages=asks(case), stream=True, **more)

    return answer


def test_a_stream_is_told_with_first_token_and_the_usage_of_its_final_chunk(
    answer: Any, told: Told, provider: Provider
) -> None:
    text = "".join(c.choices[0].delta.content or "" for c in answer("cached", stream_options=USAGE) if c.choices)
    served, facts = provider.served("cached"), told.facts()
    assert text == served["text"]
    assert facts["gen_ai.usage.input_tokens"] == served["input_tokens"] == 2048
    assert facts["gen_ai.usage.cache_read.input_tokens"] == served["cached_input_tokens"]
    assert facts["gen_ai.usage.output_tokens"] == served["output_tokens"]
    assert facts["gen_ai.usage.reasoning.output_tokens"] == 0
    assert facts["gen_ai.response.model"] == served["model_response"]
    assert facts["gen_ai.response.id"] == served["response_id"]
    assert facts["gen_ai.response.finish_reasons"] == ["stop"]
    assert facts["gen_ai.operation.name"] == "chat"
    assert facts["gen_ai.provider.name"] == "openai"
    assert facts["gen_ai.request.stream"] is True
    assert facts["outproof.stream.end"] == "finished"
    first_s = served["first_chunk_ms"] / 1e3
    assert first_s <= facts["gen_ai.response.time_to_first_chunk"] <= facts["outproof.answer.time_to_first_token"]
    assert facts["outproof.answer.time_to_first_token"] < facts["seconds"]
    assert facts["seconds"] >= TOTAL_S
    assert not facts["failed"]


def test_a_stream_without_usage_on_the_wire_leaves_it_unknown(answer: Any, told: Told) -> None:
    for _ in answer("plain"):
        pass
    facts = told.facts()
    assert facts["outproof.stream.end"] == "finished"
    assert not [name for name in facts if name.startswith("gen_ai.usage")]


def test_a_stream_of_tool_calls_has_a_first_chunk_and_no_visible_token(answer: Any, told: Told) -> None:
    for _ in answer("tool", stream_options=USAGE):
        pass
    facts = told.facts()
    assert facts["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert "gen_ai.response.time_to_first_chunk" in facts
    assert "outproof.answer.time_to_first_token" not in facts


def test_a_stream_that_breaks_raises_its_own_error_and_is_told_as_broken(answer: Any, client: Any, told: Told) -> None:
    def read(stream: Any) -> type[BaseException]:
        with pytest.raises(Exception) as caught:
            for _ in stream:
                pass
        return caught.type

    plain = read(client.chat.completions.create(model=MODEL, messages=asks("midstream"), stream=True))
    assert read(answer("midstream")) is plain
    facts = told.facts()
    assert facts["outproof.stream.end"] == "broken"
    assert facts["error.type"] == plain.__qualname__
    assert "gen_ai.response.finish_reasons" not in facts
    assert "gen_ai.usage.output_tokens" not in facts


def test_a_reader_who_leaves_the_loop_and_closes_has_abandoned_the_stream(answer: Any, told: Told) -> None:
    stream = answer("slow", stream_options=USAGE)
    for number, _ in enumerate(stream):
        if number == 2:
            break
    assert told.spans() == []  # he might read on
    stream.close()
    facts = told.facts()
    assert facts["outproof.stream.end"] == "abandoned"
    assert not facts["failed"]
    assert "outproof.answer.time_to_first_token" in facts
    assert "gen_ai.usage.output_tokens" not in facts


def test_a_reader_who_leaves_the_loop_may_read_on(answer: Any, told: Told, provider: Provider) -> None:
    stream = answer("plain")
    pieces = [next(stream)]
    for chunk in stream:
        pieces.append(chunk)
        break
    pieces += list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in pieces if c.choices) == provider.served("plain")["text"]
    assert told.facts()["outproof.stream.end"] == "finished"
    with pytest.raises(StopIteration):
        next(stream)


def test_a_stream_that_is_dropped_is_collected_at_once_and_told_as_abandoned(
    answer: Any, client: Any, told: Told
) -> None:
    def dropped(stream: Any) -> bool:
        next(stream)
        seen = weakref.ref(stream)
        response = stream.response
        del stream
        return seen() is None and response.is_closed

    gc.collect()
    gc.disable()
    try:
        plain = dropped(client.chat.completions.create(model=MODEL, messages=asks("slow"), stream=True))
        assert dropped(answer("slow")) == plain
    finally:
        gc.enable()
        gc.collect()
    assert told.facts()["outproof.stream.end"] == "abandoned"


def test_the_stream_is_the_clients_own_object_in_every_respect(client: Any, told: Told) -> None:
    made = client.chat.completions.create(model=MODEL, messages=asks("plain"), stream=True)
    before, kind = dict(vars(made)), type(made)

    @outproof.monitor
    def answer() -> Any:
        return made

    stream = answer()
    assert stream is made
    assert isinstance(stream, kind)
    assert (type(stream).__name__, type(stream).__module__) == (kind.__name__, kind.__module__)
    assert {name: value for name, value in vars(stream).items() if name in before} == before
    assert stream.response.status_code == 200
    with stream as entered:
        assert entered is stream
        assert iter(stream) is not stream
        next(stream)
    assert stream.response.is_closed
    assert told.facts()["name"] == "answer"


def test_an_error_before_the_first_chunk_passes_through(openai: Any, answer: Any, told: Told) -> None:
    with pytest.raises(openai.RateLimitError, match="Rate limit"):
        answer("err429")
    facts = told.facts()
    assert facts["error.type"] == "RateLimitError"
    assert "outproof.stream.end" not in facts


def test_a_response_that_is_no_stream_is_read_when_it_is_returned(client: Any, told: Told, provider: Provider) -> None:
    @outproof.monitor("answer", template="tracking-answerer-v1", request_id=lambda case: f"req_{case}")
    def answer(case: str) -> Any:
        return client.chat.completions.create(model="o4-mini", messages=asks(case))

    response = answer("reasoning")
    served, facts = provider.served("reasoning"), told.facts()
    assert response.choices[0].message.content == served["text"]
    assert facts["gen_ai.usage.reasoning.output_tokens"] == served["reasoning_tokens"] == 256
    assert facts["gen_ai.usage.output_tokens"] == 300
    assert facts["gen_ai.response.model"] == "o4-mini-2025-04-16"
    assert facts["gen_ai.response.service_tier"] == "default"
    assert (facts["outproof.request.id"], facts["outproof.prompt.template_id"]) == (
        "req_reasoning",
        "tracking-answerer-v1",
    )
    assert "gen_ai.request.stream" not in facts


def test_embeddings_are_told_as_embeddings(client: Any, told: Told) -> None:
    @outproof.monitor("embed")
    def embed() -> Any:
        return client.embeddings.create(model="text-embedding-3-small", input=["one", "two"])

    assert len(embed().data) == 2
    facts = told.facts()
    assert (facts["gen_ai.operation.name"], facts["gen_ai.usage.input_tokens"]) == ("embeddings", 16)
    assert "gen_ai.usage.output_tokens" not in facts


@pytest.mark.parametrize("case", ["cached", "length"])
def test_streams_of_the_responses_api_are_told_too(client: Any, told: Told, provider: Provider, case: str) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.responses.create(model=MODEL, input=f"CASE:{case}", stream=True)

    text = "".join(event.delta for event in answer() if event.type == "response.output_text.delta")
    served, facts = provider.served(case), told.facts()
    assert text == served["text"]
    assert facts["gen_ai.usage.input_tokens"] == served["input_tokens"]
    assert facts["gen_ai.usage.cache_read.input_tokens"] == served["cached_input_tokens"]
    assert facts["gen_ai.usage.output_tokens"] == served["output_tokens"]
    assert facts["gen_ai.response.id"] == served["response_id"]
    assert facts["gen_ai.response.finish_reasons"] == [{"cached": "completed", "length": "max_output_tokens"}[case]]
    assert facts["gen_ai.response.time_to_first_chunk"] < facts["outproof.answer.time_to_first_token"]
    assert facts["outproof.stream.end"] == "finished"


def test_the_blocks_of_the_stream_helpers_are_followed(client: Any, told: Told, provider: Provider) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return client.chat.completions.stream(model=MODEL, messages=asks("plain"), stream_options=USAGE)

    with answer() as stream:
        final = stream.get_final_completion()
    served, facts = provider.served("plain"), told.facts()
    assert final.choices[0].message.content == served["text"]
    assert facts["gen_ai.usage.output_tokens"] == served["output_tokens"]
    assert facts["outproof.stream.end"] == "finished"
    assert "outproof.answer.time_to_first_token" in facts


def test_two_monitored_functions_in_a_row_each_tell_of_the_stream(answer: Any, told: Told) -> None:
    @outproof.monitor("outer")
    def outer() -> Any:
        return answer("plain", stream_options=USAGE)

    for _ in outer():
        pass
    spans = told.spans()
    assert sorted(span.name for span in spans) == ["answer", "outer"]
    (inner,) = (span for span in spans if span.name == "answer")
    (parent,) = (span for span in spans if span.name == "outer")
    assert inner.parent_span_id == parent.span_id


@pytest.mark.anyio
async def test_async_streams_are_told_like_others(
    openai: Any, async_client: Any, told: Told, provider: Provider
) -> None:
    @outproof.monitor("answer")
    async def answer(case: str) -> Any:
        return await async_client.chat.completions.create(
            model=MODEL, messages=asks(case), stream=True, stream_options=USAGE
        )

    stream = await answer("plain")
    assert isinstance(stream, openai.AsyncStream)
    text = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
    served, facts = provider.served("plain"), told.facts()
    assert text == served["text"]
    assert facts["gen_ai.usage.output_tokens"] == served["output_tokens"]
    assert facts["outproof.stream.end"] == "finished"

    async with await answer("slow") as stream:
        async for _ in stream:
            break
    assert stream.response.is_closed
    assert told.facts()["outproof.stream.end"] == "abandoned"


def one_chunk_and_no_more(connection: socket.socket, over: threading.Event) -> None:
    """A provider that falls silent in the middle of a stream."""
    connection.recv(65_536)
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    chunk["choices"] = [{"index": 0, "delta": {"content": "Your"}, "finish_reason": None}]
    head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    connection.sendall(f"{head}data: {json.dumps(chunk)}\n\n".encode())
    over.wait(120)


@pytest.mark.anyio
async def test_a_cancelled_reader_has_abandoned_the_stream(openai: Any, told: Told) -> None:
    reading = asyncio.Event()

    async def read(client: Any) -> None:
        @outproof.monitor("answer")
        def answer() -> Any:  # no coroutine function, but what it returns is awaited
            return client.chat.completions.create(model=MODEL, messages=asks("plain"), stream=True)

        async for _ in await answer():
            reading.set()

    with misbehaving(one_chunk_and_no_more) as port:
        async with openai.AsyncOpenAI(api_key="sk-test", base_url=f"http://127.0.0.1:{port}", max_retries=0) as client:
            task = asyncio.create_task(read(client))
            await reading.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    facts = told.facts()
    assert facts["outproof.stream.end"] == "abandoned"
    assert not facts["failed"]
