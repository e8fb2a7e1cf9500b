"""Spans and log records in, the contents they carry out, unscrubbed: only for who was granted to see them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from outproof.contract.raw import CONTENT_CHARS_MAX, RawContent
from outproof.core.time import Instant
from outproof.wire.logs import Records, tells_of_a_call
from outproof.wire.otlp_values import Value, value_of
from outproof.wire.spans import Attributes, Scope

CONTENT_ATTRIBUTES = frozenset(
    (
        *("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.prompt"),
        *("gen_ai.completion", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.tool.definitions"),
        *("gen_ai.retrieval.query.text", "gen_ai.retrieval.documents", "gen_ai.evaluation.explanation"),
        *("exception.message", "exception.stacktrace", "input.value", "output.value", "event_body", "prompt"),
        *("all_messages_events", "pydantic_ai.all_messages", "final_result", "traceloop.entity.input"),
        *("traceloop.entity.output", "langfuse.observation.input", "langfuse.observation.output"),
        *("mlflow.spanInputs", "mlflow.spanOutputs", "ai.prompt", "ai.prompt.messages", "ai.response.text"),
        *("ai.response.toolCalls", "ai.toolCall.args", "ai.toolCall.result", "request_data", "response_data"),
    )
)
"""Attributes that hold what people and models said, in the spellings of the emitters that are read."""

_BEGINNINGS = (
    *("gen_ai.prompt.", "gen_ai.completion.", "gen_ai.content.", "llm.input_messages.", "llm.output_messages."),
    *("llm.prompts.", "retrieval.documents.", "gen_ai.input.", "gen_ai.output."),
)


def contents(scopes: Iterable[Scope], *, at: Instant) -> Iterator[RawContent]:
    """What spans and their events hold of contents, each cut at `CONTENT_CHARS_MAX`."""
    for scope in scopes:
        for span in scope.spans:
            for held in (span.attributes, *(event.attributes for event in span.events)):
                for name, text in _texts(held):
                    yield RawContent(
                        trace_id=bytes(span.trace_id), span_id=bytes(span.span_id), name=name, text=text, at=at
                    )


def record_contents(groups: Iterable[Records], *, at: Instant) -> Iterator[RawContent]:
    """The same of log records of model calls, bodies among it; other programs' records are not ours to keep."""
    for group in groups:
        for record in group.records:
            if not tells_of_a_call(record):
                continue
            body = value_of(record.body) if record.body else None
            for name, text in (*_texts(record.attributes), *((("body", _text(body)),) if body is not None else ())):
                yield RawContent(
                    trace_id=bytes(record.trace_id), span_id=bytes(record.span_id), name=name, text=text, at=at
                )


def _texts(held: Attributes) -> Iterator[tuple[str, str]]:
    for name in held:
        if name in CONTENT_ATTRIBUTES or name.startswith(_BEGINNINGS):
            value = value_of(held[name])
            if value is not None:
                yield name, _text(value)


def _text(value: Value) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=repr, ensure_ascii=False)
    return text[:CONTENT_CHARS_MAX]
