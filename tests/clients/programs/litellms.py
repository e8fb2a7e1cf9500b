"""LiteLLM with its own OpenTelemetry callback, and the openai client inside it instrumented too."""

from __future__ import annotations

from typing import Any

import litellm
from openinference.instrumentation.openai import OpenAIInstrumentor

from tests.clients.programs.conversation import PROVIDER, USAGE, in_one_request, question, read_all, tried
from tests.clients.programs.telemetry import telemetry

if __name__ == "__main__":
    with telemetry() as to:
        OpenAIInstrumentor().instrument(tracer_provider=to.tracer_provider)
        litellm.callbacks = ["otel"]
        litellm.suppress_debug_info = True

        def ask(case: str, model: str = "openai/gpt-4o-mini", **more: Any) -> Any:
            base = f"{PROVIDER}/v1" if model.startswith("openai/") else PROVIDER
            return litellm.completion(
                model=model,
                messages=question(case),
                api_base=base,
                api_key="sk-test",
                num_retries=0,
                max_retries=0,
                **more,
            )

        tried(lambda: ask("plain"))
        tried(lambda: read_all(ask("plain", stream=True, **USAGE)))
        tried(lambda: read_all(ask("plain", stream=True)))
        tried(lambda: ask("cached", "openai/gpt-4o"))
        tried(lambda: ask("cached", "anthropic/claude-sonnet-4-5"))
        tried(lambda: ask("plain", "ollama_chat/llama3.2"))
        tried(lambda: read_all(ask("midstream", stream=True, **USAGE)))
        in_one_request(lambda: ask("err429"), lambda: ask("plain"))
        tried(lambda: ask("err401"))
