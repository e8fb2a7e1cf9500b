"""LangSmith's OpenTelemetry export: which attribute says what, beside the OpenTelemetry names it writes itself."""

from __future__ import annotations

from outproof.wire.dialects.table import Basis, Dialect, Row, TtftKind
from outproof.wire.folding import provider
from outproof.wire.otlp_values import Value
from outproof.wire.readers import count, flag, folded, json_object, one_of, text

# It also writes gen_ai.operation.name, which calls a rendered prompt `chat` and a retriever `embeddings`.
_KINDS = {
    "llm": "chat",
    "embedding": "embeddings",
    "tool": "execute_tool",
    "retriever": "retrieval",
    "chain": "invoke_workflow",
    "prompt": "prompt",
    "parser": "parse",
}
_USAGE = "langsmith.metadata.usage_metadata"


def _detail(side: str, name: str, value: Value) -> int | None:
    details = json_object(value).get(f"{side}_token_details")
    return count(details.get(name)) if isinstance(details, dict) else None


LANGSMITH = Dialect(
    name="langsmith",
    emitter="LangSmith SDK, LangChain and LangGraph through it",
    source="langsmith 0.14.17",
    says_end=True,
    scopes=("langsmith",),
    rows=(
        Row("operation", "langsmith.span.kind", one_of(_KINDS), wins=True),
        Row("provider", "langsmith.metadata.ls_provider", folded(text, provider), wins=True),
        Row("streaming", "langsmith.request.streaming", flag),
        Row(
            "cached_input_tokens",
            _USAGE,
            lambda value: _detail("input", "cache_read", value),
            "in its JSON",
            basis=Basis.INSIDE,
        ),
        Row(
            "cache_write_tokens",
            _USAGE,
            lambda value: _detail("input", "cache_creation", value),
            "in its JSON",
            basis=Basis.INSIDE,
        ),
        Row("reasoning_tokens", _USAGE, lambda value: _detail("output", "reasoning", value), "in its JSON"),
        Row("conversation_id", "langsmith.metadata.thread_id", text),
        Row("conversation_id", "langsmith.metadata.session_id", text),
        Row("step", "langsmith.metadata.langgraph_node", text),
    ),
    first_token_events={"new_token": TtftKind.TOKEN},
)
