"""The ollama client with OpenLLMetry's instrumentation."""

from __future__ import annotations

from ollama import Client
from opentelemetry.instrumentation.ollama import OllamaInstrumentor

from tests.clients.programs.conversation import PROVIDER, question, read_all, tried
from tests.clients.programs.telemetry import telemetry

MODEL = "llama3.2"

if __name__ == "__main__":
    with telemetry() as to:
        OllamaInstrumentor().instrument(**to.all)  # type: ignore[no-untyped-call]  # it carries no types
        client = Client(host=PROVIDER)
        tried(lambda: client.chat(model=MODEL, messages=question("plain")))
        tried(lambda: read_all(client.chat(model=MODEL, messages=question("plain"), stream=True)))
        tried(lambda: client.generate(model=MODEL, prompt=question("length")[0]["content"]))
        tried(lambda: client.chat(model=MODEL, messages=question("err500")))
