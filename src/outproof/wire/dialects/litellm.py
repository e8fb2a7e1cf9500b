"""LiteLLM, library and gateway: which attribute says what, beside the OpenTelemetry names it writes itself."""

from __future__ import annotations

from outproof.wire import usage_object as usage
from outproof.wire.dialects.table import Basis, Dialect, Row
from outproof.wire.folding import finish_reason
from outproof.wire.readers import count, first, flag, folded, one_of, text

_CALL_TYPES = {
    **dict.fromkeys(("completion", "acompletion", "chat_completion", "anthropic_messages", "responses"), "chat"),
    **dict.fromkeys(("aresponses", "generate_content", "agenerate_content", "agenerate_content_stream"), "chat"),
    **dict.fromkeys(("text_completion", "atext_completion"), "text_completion"),
    **dict.fromkeys(("embedding", "aembedding", "embeddings"), "embeddings"),
    **dict.fromkeys(("rerank", "arerank"), "rerank"),
}

_USAGE = "metadata.usage_object"

LITELLM = Dialect(
    name="litellm",
    emitter="LiteLLM, library and gateway",
    source="litellm 1.109.1, classic and V2",
    says_end=True,
    echoes_model=True,
    scopes=("litellm",),
    rows=(
        Row("operation", "litellm.call_type", one_of(_CALL_TYPES), "V2"),
        Row("operation", "llm.request.type", one_of(_CALL_TYPES), "classic"),
        Row("model", "litellm.provider.model", text, "V2"),
        Row("finish_reason", "gen_ai.completion.0.finish_reason", folded(first, finish_reason), "classic"),
        Row("streaming", "litellm.request.streaming", flag, "V2"),
        Row("cached_input_tokens", _USAGE, usage.cached_input_tokens, "in it, as Python writes it", basis=Basis.INSIDE),
        Row("cache_write_tokens", _USAGE, usage.cache_write_tokens, "in it, as Python writes it", basis=Basis.INSIDE),
        Row("reasoning_tokens", _USAGE, usage.reasoning_tokens, "in it, as Python writes it"),
        Row("attempt", "litellm.attempt", count),
        Row("service_tier", "litellm.service_tier", text),
    ),
)
