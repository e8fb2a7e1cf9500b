"""The openai client with OpenTelemetry's own instrumentation, contents and events included."""

from __future__ import annotations

from openai import OpenAI
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

from tests.clients.programs.conversation import PROVIDER, openai_conversation
from tests.clients.programs.telemetry import telemetry

if __name__ == "__main__":
    with telemetry() as to:
        OpenAIInstrumentor().instrument(**to.all)
        openai_conversation(OpenAI(api_key="sk-test", base_url=f"{PROVIDER}/v1", max_retries=0))
