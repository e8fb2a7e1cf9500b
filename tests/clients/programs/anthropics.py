"""The anthropic client: its own spans, with OpenLLMetry's around them."""

from __future__ import annotations

from typing import Any

from anthropic import Anthropic
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

from tests.clients.programs.conversation import PROVIDER, in_one_request, question, read_all, tried
from tests.clients.programs.telemetry import telemetry

MODEL = "claude-sonnet-4-5"
TOOLS = [
    {"name": "lookup_tracking", "input_schema": {"type": "object", "properties": {"order_id": {"type": "string"}}}}
]

if __name__ == "__main__":
    with telemetry() as to:
        AnthropicInstrumentor().instrument(**to.all)
        create: Any = Anthropic(api_key="sk-ant-test", base_url=PROVIDER, max_retries=0).messages.create

        def ask(case: str, **more: Any) -> Any:
            return create(model=MODEL, max_tokens=100, messages=question(case), **more)

        tried(lambda: ask("plain"))
        tried(lambda: ask("cached"))
        tried(lambda: ask("cachewrite"))
        tried(lambda: read_all(ask("cached", stream=True)))
        tried(lambda: ask("tool", tools=TOOLS))
        tried(lambda: read_all(ask("midstream", stream=True)))
        in_one_request(lambda: ask("err429"), lambda: ask("plain"))
