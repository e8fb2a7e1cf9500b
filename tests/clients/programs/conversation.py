"""What an application asks its models: each way a call can go once, with a person's data in every question."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from opentelemetry import trace

PROVIDER = os.environ["PROVIDER"]
"""The mock provider. Which answer it gives is in the question, as CASE:name."""
ASKED = "Where is order A10234? Mail maya.lopez@example.com, my card is 4111 1111 1111 1111."
USAGE: dict[str, Any] = {"stream_options": {"include_usage": True}}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "lookup_tracking",
            "description": "The newest scan of an order.",
            "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
        },
    }
]


def question(case: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": f"{ASKED} CASE:{case}"}]


def tried(call: Callable[[], object]) -> None:
    """Make a call that may well fail: how it failed is what the telemetry must say."""
    with suppress(Exception):
        call()


def read_all(stream: Iterable[object]) -> None:
    for _ in stream:
        pass


def leave(stream: Any, *, after: int) -> None:
    """Read a few pieces and go away."""
    for number, _ in enumerate(stream):
        if number == after:
            break
    stream.close()


def in_one_request(*calls: Callable[[], object]) -> None:
    """Attempts of one request of the application's own."""
    with trace.get_tracer("application").start_as_current_span("answer"):
        for call in calls:
            tried(call)


def openai_conversation(client: Any, model: str = "gpt-4o-mini") -> None:
    """Ten requests: whole and in pieces, cached, with tools, refused, broken, left, and twice because of a limit."""
    create = client.chat.completions.create
    tried(lambda: create(model=model, messages=question("plain")))
    tried(lambda: read_all(create(model=model, messages=question("plain"), stream=True, **USAGE)))
    tried(lambda: read_all(create(model=model, messages=question("plain"), stream=True)))
    tried(lambda: read_all(create(model="gpt-4o", messages=question("cached"), stream=True, **USAGE)))
    tried(lambda: create(model="o4-mini", messages=question("reasoning")))
    tried(lambda: create(model=model, messages=question("tool"), tools=TOOLS))
    tried(lambda: create(model=model, messages=question("pii"), user="maya.lopez@example.com"))
    tried(lambda: read_all(create(model=model, messages=question("midstream"), stream=True, **USAGE)))
    tried(lambda: leave(create(model=model, messages=question("slow"), stream=True, **USAGE), after=1))
    in_one_request(
        lambda: create(model=model, messages=question("err429")),
        lambda: create(model=model, messages=question("plain")),
    )
    tried(lambda: create(model=model, messages=question("err401")))
