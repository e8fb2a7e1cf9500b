"""Functions that hand out what the real LiteLLM makes of several providers."""

import asyncio
import gc
import os
import warnings
import weakref
from typing import Any

import pytest

import outproof
from tests.integration.sdk_clients.provider import Provider, Told
from tests.integration.sdk_receiver import until

pytestmark = pytest.mark.filterwarnings("ignore")  # its own

USAGE = {"include_usage": True}


@pytest.fixture(scope="module")
def litellm() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or its import asks the network for prices
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("litellm", reason="needs litellm")


@pytest.fixture(scope="module", autouse=True)
def _nobody_makes_an_event_loop() -> None:
    """LiteLLM asks for the main thread's event loop. Where none ever ran, Python makes one, and nobody closes it."""
    asyncio.set_event_loop(None)


def asks(case: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"Where is my order? CASE:{case}"}]


def reached(provider: Provider, name: str) -> dict[str, Any]:
    """A model of a provider, and where it is."""
    bases = {"openai/gpt-4o-mini": "/v1", "anthropic/claude-of-the-day": "", "ollama_chat/llama3.2": ""}
    return {"model": name, "api_base": provider.url + bases[name], "api_key": "sk-test", "num_retries": 0}


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("openai/gpt-4o-mini", "cached"),
        ("anthropic/claude-of-the-day", "cached"),
        ("ollama_chat/llama3.2", "plain"),
    ],
)
def test_streams_of_every_provider_are_told_alike(
    litellm: Any, told: Told, provider: Provider, name: str, case: str
) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return litellm.completion(
            **reached(provider, name), messages=asks(case), stream=True, stream_options=USAGE, max_tokens=100
        )

    stream = answer()
    assert isinstance(stream, litellm.CustomStreamWrapper)
    text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
    served, facts = provider.served(case), told.facts()
    assert text == served["text"]
    assert facts["gen_ai.usage.input_tokens"] == served["input_tokens"]
    assert facts["gen_ai.usage.output_tokens"] == served["output_tokens"]
    assert facts["gen_ai.provider.name"] == name.partition("/")[0]
    assert facts["gen_ai.request.model"] == name.partition("/")[2]
    assert facts["gen_ai.response.finish_reasons"] == ["stop"]
    assert facts["outproof.stream.end"] == "finished"
    assert facts["outproof.answer.time_to_first_token"] >= served["first_chunk_ms"] / 1e3


def test_a_response_is_read_when_it_is_returned(litellm: Any, told: Told, provider: Provider) -> None:
    @outproof.monitor("answer")
    def answer() -> Any:
        return litellm.completion(**reached(provider, "openai/gpt-4o-mini"), messages=asks("cached"))

    assert answer().choices[0].message.content == provider.served("cached")["text"]
    facts = told.facts()
    assert (facts["gen_ai.usage.input_tokens"], facts["gen_ai.usage.cache_read.input_tokens"]) == (2048, 1920)
    assert facts["gen_ai.provider.name"] == "openai"


def test_a_broken_stream_and_one_that_was_left_are_told_apart(litellm: Any, told: Told, provider: Provider) -> None:
    @outproof.monitor("answer")
    def answer(case: str) -> Any:
        return litellm.completion(**reached(provider, "openai/gpt-4o-mini"), messages=asks(case), stream=True)

    with pytest.raises(Exception) as caught:
        list(answer("midstream"))
    facts = told.facts()
    assert (facts["outproof.stream.end"], facts["error.type"]) == ("broken", caught.type.__qualname__)
    stream = answer("slow")
    next(stream)
    seen = weakref.ref(stream)
    del stream
    until(lambda: gc.collect() >= 0 and seen() is None)  # a thread of LiteLLM's that logs holds it for a moment
    assert told.facts()["outproof.stream.end"] == "abandoned"


@pytest.mark.anyio
async def test_async_streams_are_told_like_others(litellm: Any, told: Told, provider: Provider) -> None:
    @outproof.monitor("answer")
    async def answer() -> Any:
        model = reached(provider, "openai/gpt-4o-mini")
        return await litellm.acompletion(**model, messages=asks("plain"), stream=True, stream_options=USAGE)

    text = "".join([c.choices[0].delta.content or "" async for c in await answer() if c.choices])
    assert text == provider.served("plain")["text"]
    facts = told.facts()
    assert (facts["gen_ai.usage.output_tokens"], facts["outproof.stream.end"]) == (12, "finished")
