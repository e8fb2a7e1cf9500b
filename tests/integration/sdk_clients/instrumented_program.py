"""A program whose OpenAI client is instrumented for OpenTelemetry and whose function is monitored.

What it read goes to standard output as JSON. A process of its own: not every instrumentation can be taken off again.
"""

import importlib
import json
import sys
from typing import Any

import openai
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import outproof


def main(instrumentation: str, provider: str) -> dict[str, Any]:
    exporter, tracing = InMemorySpanExporter(), TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor: Any = importlib.import_module(instrumentation).OpenAIInstrumentor()
    instrumentor.instrument(tracer_provider=tracing)
    outproof.init(service="instrumented")
    client = openai.OpenAI(api_key="sk-test", base_url=f"{provider}/v1", max_retries=0)

    @outproof.monitor("answer")
    def answer(case: str) -> Any:
        return client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": f"CASE:{case}"}],
            stream=True,
            stream_options={"include_usage": True},
        )

    stream = answer("cached")
    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    with answer("slow") as left:
        next(iter(left))
    delivered = outproof.flush(60.0)
    return {
        "text": text,
        "is_stream": isinstance(stream, openai.Stream),
        "delivered": delivered,
        "their_spans": len(exporter.get_finished_spans()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
