"""OpenLLMetry (Traceloop), also for Ollama: which attribute says what."""

from __future__ import annotations

from outproof.wire.dialects.table import Basis, Dialect, Row, TtftKind
from outproof.wire.folding import finish_reason
from outproof.wire.readers import arguments, count, first, flag, folded, one_of, text

# `completion` is any single-turn generation, chat template included (Ollama's /api/generate).
_TYPES = {"chat": "chat", "completion": "chat", "embedding": "embeddings", "rerank": "rerank"}
_KINDS = {
    "workflow": "invoke_workflow",
    "task": "invoke_workflow",
    "agent": "invoke_agent",
    "tool": "execute_tool",
}
_KIND = "traceloop.span.kind"
_LIBRARIES = (
    *("openai", "anthropic", "ollama", "cohere", "mistralai", "bedrock", "groq", "together", "replicate", "watsonx"),
    *("sagemaker", "google_generativeai", "langchain", "llamaindex", "haystack", "crewai", "openai_agents", "agno"),
    *("alephalpha", "transformers", "writer", "voyageai", "mcp"),
)
"""Of its instrumentors, by the end of their scopes' names; the official ones are called otherwise (`openai_v2`)."""

OPENLLMETRY = Dialect(
    name="openllmetry",
    emitter="OpenLLMetry instrumentors (Traceloop), Ollama's among them",
    source="opentelemetry-semantic-conventions-ai 0.5.1; instrumentors 0.62",
    says_end=True,
    rows=(
        Row("operation", "llm.request.type", one_of(_TYPES)),
        Row("operation", _KIND, one_of(_KINDS)),
        Row("finish_reason", "llm.response.finish_reason", folded(first, finish_reason)),
        Row("finish_reason", "llm.response.stop_reason", folded(first, finish_reason)),
        Row("finish_reason", "gen_ai.completion.0.finish_reason", folded(text, finish_reason), "the first choice's"),
        Row("streaming", "gen_ai.is_streaming", flag),
        Row("streaming", "llm.is_streaming", flag),
        Row("cached_input_tokens", "gen_ai.usage.cache_read_input_tokens", count, basis=Basis.INSIDE),
        Row("cache_write_tokens", "gen_ai.usage.cache_creation_input_tokens", count, basis=Basis.INSIDE),
        Row("reasoning_tokens", "gen_ai.usage.reasoning_tokens", count),
        Row("reasoning_tokens", "llm.usage.reasoning_tokens", count),
        Row("conversation_id", "traceloop.association.properties.session_id", text),
        Row("conversation_id", "traceloop.correlation.id", text),
        Row("agent", "traceloop.entity.name", text, needs=_KIND),
        Row("tool_input_hash", "traceloop.entity.input", arguments, "hashed, never kept", needs=_KIND),
        Row("step", "traceloop.entity.path", text),
        Row("template_id", "traceloop.prompt.key", text),
    ),
    scopes=("traceloop.tracer", *(f"opentelemetry.instrumentation.{library}" for library in _LIBRARIES)),
    first_token_events={
        "gen_ai.content.completion.chunk": TtftKind.CHUNK,
        "llm.content.completion.chunk": TtftKind.CHUNK,
    },
)
