"""OpenInference (Arize, Phoenix): which attribute says what."""

from __future__ import annotations

from outproof.wire.dialects.table import Basis, Dialect, Row, TtftKind
from outproof.wire.folding import finish_reason, provider
from outproof.wire.readers import arguments, count, folded, json_flag, json_text, one_of, text

_KINDS = {
    "LLM": "chat",
    "EMBEDDING": "embeddings",
    "TOOL": "execute_tool",
    "RETRIEVER": "retrieval",
    "AGENT": "invoke_agent",
    "CHAIN": "invoke_workflow",
    "RERANKER": "rerank",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluate",
    "PROMPT": "prompt",
}
_PARAMETERS = "llm.invocation_parameters"

OPENINFERENCE = Dialect(
    name="openinference",
    emitter="OpenInference instrumentors (Arize, Phoenix)",
    source="openinference-semantic-conventions 0.1.42",
    says_end=True,
    echoes_model=True,
    scopes=("openinference.instrumentation",),
    rows=(
        Row("operation", "openinference.span.kind", one_of(_KINDS)),
        Row("provider", "llm.provider", folded(text, provider)),
        Row("provider", "llm.system", folded(text, provider)),
        Row("model_request", "llm.request.model_name", text),
        Row("model_request", _PARAMETERS, json_text("model"), "in its JSON"),
        Row("model_request", "embedding.invocation_parameters", json_text("model"), "in its JSON"),
        Row("model", "llm.response.model_name", text),
        Row("model", "llm.model_name", text, "the requested one until a response names its own"),
        Row("model", "embedding.model_name", text),
        Row("response_id", "llm.response.id", text),
        Row("finish_reason", "llm.finish_reason", folded(text, finish_reason)),
        Row("streaming", _PARAMETERS, json_flag("stream"), "in its JSON"),
        Row("input_tokens", "llm.token_count.prompt", count),
        Row("cached_input_tokens", "llm.token_count.prompt_details.cache_read", count, basis=Basis.INSIDE),
        Row("cached_input_tokens", "llm.token_count.prompt_details.cache_input", count, basis=Basis.INSIDE),
        Row("cache_write_tokens", "llm.token_count.prompt_details.cache_write", count, basis=Basis.INSIDE),
        Row("reasoning_tokens", "llm.token_count.completion_details.reasoning", count),
        Row("output_tokens", "llm.token_count.completion", count),
        Row("agent", "agent.name", text),
        Row("tool", "tool.name", text),
        Row("tool_call_id", "tool.id", text),
        Row("tool_call_id", "tool_call.id", text),
        Row("tool_input_hash", "tool.parameters", arguments, "hashed, never kept"),
        Row("tool_input_hash", "input.value", arguments, "of a tool; hashed, never kept", needs="tool.name"),
        Row("template_id", "prompt.id", text),
        Row("service_tier", _PARAMETERS, json_text("service_tier"), "in its JSON; what was asked for"),
    ),
    first_token_events={"First Token Stream Event": TtftKind.CHUNK},
)
