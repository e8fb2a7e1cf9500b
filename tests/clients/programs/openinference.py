"""The openai client with OpenInference's instrumentation."""

from __future__ import annotations

from openai import OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor

from tests.clients.programs.conversation import PROVIDER, openai_conversation
from tests.clients.programs.telemetry import telemetry

if __name__ == "__main__":
    with telemetry() as to:
        OpenAIInstrumentor().instrument(tracer_provider=to.tracer_provider)
        openai_conversation(OpenAI(api_key="sk-test", base_url=f"{PROVIDER}/v1", max_retries=0))
