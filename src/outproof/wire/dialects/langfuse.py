"""Langfuse's SDK: which attribute says what. Usage is one JSON object, the first token a point in time."""

from __future__ import annotations

from outproof.wire import usage_object as usage
from outproof.wire.dialects.table import Dialect, Row, TtftKind
from outproof.wire.folding import finish_reason
from outproof.wire.otlp_values import Value
from outproof.wire.readers import arguments, folded, nanos, one_of, quoted, text

_KINDS = {
    "generation": "chat",
    "embedding": "embeddings",
    "agent": "invoke_agent",
    "tool": "execute_tool",
    "chain": "invoke_workflow",
    "span": "invoke_workflow",
    "retriever": "retrieval",
    "evaluator": "evaluate",
    "guardrail": "guardrail",
}
_KIND, _USAGE = "langfuse.observation.type", "langfuse.observation.usage_details"


def _unquoted(value: Value) -> str | None:
    read = quoted(text)(value)
    return read if isinstance(read, str) else None


LANGFUSE = Dialect(
    name="langfuse",
    emitter="The Langfuse SDK and its wrapped clients",
    source="langfuse 5.0.4",
    echoes_model=True,
    scopes=("langfuse",),
    rows=(
        Row("operation", _KIND, one_of(_KINDS)),
        Row("model", "langfuse.observation.model.name", text, "the requested one until a response names its own"),
        Row("finish_reason", "langfuse.observation.metadata.finish_reason", folded(_unquoted, finish_reason)),
        Row("input_tokens", _USAGE, usage.input_tokens, "in its JSON; buckets are added up"),
        Row("cached_input_tokens", _USAGE, usage.cached_input_tokens, "in its JSON"),
        Row("cache_write_tokens", _USAGE, usage.cache_write_tokens, "in its JSON"),
        Row("reasoning_tokens", _USAGE, usage.reasoning_tokens, "in its JSON"),
        Row("output_tokens", _USAGE, usage.output_tokens, "in its JSON; buckets are added up"),
        Row("usage_basis", _USAGE, usage.basis, "by the shape of its JSON"),
        Row(
            "ttft_us",
            "langfuse.observation.completion_start_time",
            nanos,
            "a point in time",
            ttft=TtftKind.CHUNK,
            is_instant=True,
        ),
        Row("tool_input_hash", "langfuse.observation.input", arguments, "of a tool; hashed, never kept"),
        Row("template_id", "langfuse.observation.prompt.name", text),
        Row("service_tier", "langfuse.observation.metadata.service_tier", quoted(text)),
    ),
)
