"""The openai client as three instrumentations see it at once."""

from __future__ import annotations

from openai import OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInference
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor as Official
from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenLLMetry

from tests.clients.programs.conversation import PROVIDER, openai_conversation
from tests.clients.programs.telemetry import telemetry

if __name__ == "__main__":
    with telemetry() as to:
        Official().instrument(**to.all)
        OpenLLMetry().instrument(**to.all)
        OpenInference().instrument(tracer_provider=to.tracer_provider)
        openai_conversation(OpenAI(api_key="sk-test", base_url=f"{PROVIDER}/v1", max_retries=0))
