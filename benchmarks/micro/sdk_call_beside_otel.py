"""The part of `sdk_call` that needs OpenTelemetry in its process: its own SDK's call, and ours with it around."""

from __future__ import annotations

import argparse
import json

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from benchmarks.micro.sdk_call import BESIDE_OPENTELEMETRY, begin_outproof, measure, outproof_call


def opentelemetry_call() -> None:
    with trace.get_tracer("bench").start_as_current_span("answer") as span:
        span.set_attribute("outproof.request.id", "req_206")
        span.set_attribute("outproof.evidence.version", "fastship@v17")
        span.set_attribute("outproof.prompt.template_id", "tracking-answerer-v1")
        span.set_attribute("outproof.case.id", "invented_eta")
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.provider.name", "shopflow.internal")
        span.set_attribute("gen_ai.request.model", "support-model-prod")
        span.set_attribute("outproof.answer.time_to_first_token", 0.24)
        span.set_attribute("gen_ai.usage.input_tokens", 201)
        span.set_attribute("gen_ai.usage.cache_read.input_tokens", 80)
        span.set_attribute("gen_ai.usage.output_tokens", 30)
        span.set_attribute("outproof.answer.route", "serve")
        span.set_attribute("outproof.failure.stage", "passed")
        span.set_attribute("outproof.answer.unsafe_claim_served", False)
        span.set_attribute("gen_ai.response.finish_reasons", ["stop"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", choices=sorted(BESIDE_OPENTELEMETRY), required=True)
    parser.add_argument("--endpoint", required=True)
    asked = parser.parse_args()
    if asked.measure == "joined":
        begin_outproof(asked.endpoint)
        print(json.dumps(measure(outproof_call)))
        return
    provider = TracerProvider(resource=Resource.create({"service.name": "bench"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{asked.endpoint}/v1/traces")))
    trace.set_tracer_provider(provider)
    print(json.dumps(measure(opentelemetry_call)))


if __name__ == "__main__":
    main()
