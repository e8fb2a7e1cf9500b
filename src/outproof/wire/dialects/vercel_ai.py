"""Vercel's AI SDK, versions 5 to 7: which attribute says what."""

from __future__ import annotations

from outproof.wire.dialects.table import Basis, Dialect, Row, TtftKind
from outproof.wire.folding import finish_reason, provider
from outproof.wire.otlp_values import Value
from outproof.wire.readers import arguments, count, flag, folded, json_path, milliseconds, one_of, seconds, text

_OPERATION, _METADATA = "ai.operationId", "ai.response.providerMetadata"
_CALLS = (
    *("ai.generateText.doGenerate", "ai.generateObject.doGenerate"),
    *("ai.streamText.doStream", "ai.streamObject.doStream"),
)
_OUTER = ("ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject")
_OPERATIONS = {
    **dict.fromkeys(_CALLS, "chat"),
    **dict.fromkeys(("ai.embed.doEmbed", "ai.embedMany.doEmbed"), "embeddings"),
    **dict.fromkeys(_OUTER, "invoke_agent"),
    **dict.fromkeys(("ai.embed", "ai.embedMany", "ai.rerank"), "invoke_workflow"),
    "ai.rerank.doRerank": "rerank",
    "ai.toolCall": "execute_tool",
}


def _streams(value: Value) -> bool | None:
    return True if isinstance(value, str) and value.endswith(".doStream") else None


VERCEL_AI = Dialect(
    name="vercel_ai",
    emitter="Vercel AI SDK",
    source="ai 6.0.326 and 7.0.173; @ai-sdk/otel 1.0.173",
    says_end=True,
    scopes=("ai", "@ai-sdk"),
    rows=(
        Row("operation", _OPERATION, one_of(_OPERATIONS), "outer spans repeat the sums of inner ones", wins=True),
        Row("provider", "ai.model.provider", folded(text, provider)),
        Row("model_request", "ai.model.id", text),
        Row("model", "ai.response.model", text),
        Row("response_id", "ai.response.id", text),
        Row("finish_reason", "ai.response.finishReason", folded(text, finish_reason)),
        Row("streaming", _OPERATION, _streams, "by the name of the operation"),
        Row("input_tokens", "ai.usage.inputTokens", count),
        Row("input_tokens", "ai.usage.promptTokens", count, "version 4, and objects in 6"),
        Row("input_tokens", "ai.usage.tokens", count, "embeddings"),
        Row("cached_input_tokens", "ai.usage.inputTokenDetails.cacheReadTokens", count, basis=Basis.INSIDE),
        Row("cached_input_tokens", "ai.usage.cachedInputTokens", count, "version 5", basis=Basis.EITHER),
        Row(
            "cached_input_tokens",
            _METADATA,
            json_path(count, "openai.cachedPromptTokens"),
            "in its JSON; OpenAI, until version 5",
            basis=Basis.INSIDE,
        ),
        Row(
            "cached_input_tokens",
            _METADATA,
            json_path(
                count,
                "anthropic.usage.cache_read_input_tokens",
                "anthropic.cacheReadInputTokens",
                "bedrock.usage.cacheReadInputTokens",
            ),
            "in its JSON; Anthropic and Bedrock, until version 5",
            basis=Basis.EITHER,
        ),
        Row("cache_write_tokens", "ai.usage.inputTokenDetails.cacheWriteTokens", count, basis=Basis.INSIDE),
        Row(
            "cache_write_tokens",
            _METADATA,
            json_path(
                count,
                "anthropic.usage.cache_creation_input_tokens",
                "anthropic.cacheCreationInputTokens",
                "bedrock.usage.cacheWriteInputTokens",
            ),
            "in its JSON; Anthropic and Bedrock, until version 5",
            basis=Basis.EITHER,
        ),
        Row("reasoning_tokens", "ai.usage.outputTokenDetails.reasoningTokens", count),
        Row("reasoning_tokens", "ai.usage.reasoningTokens", count),
        Row("reasoning_tokens", _METADATA, json_path(count, "openai.reasoningTokens"), "in its JSON"),
        Row("output_tokens", "ai.usage.outputTokens", count),
        Row("output_tokens", "ai.usage.completionTokens", count),
        Row("ttft_us", "ai.response.msToFirstChunk", milliseconds, "milliseconds", ttft=TtftKind.CHUNK),
        Row("ttft_us", "gen_ai.client.operation.time_to_first_chunk", seconds, "seconds; 7", ttft=TtftKind.CHUNK),
        Row(
            "service_tier",
            _METADATA,
            json_path(text, "openai.serviceTier", "anthropic.usage.service_tier"),
            "in its JSON",
        ),
        Row("conversation_id", "ai.telemetry.metadata.sessionId", text),
        Row("tool", "ai.toolCall.name", text),
        Row("tool_call_id", "ai.toolCall.id", text),
        Row("tool_input_hash", "ai.toolCall.args", arguments, "hashed, never kept"),
        Row("step", "ai.telemetry.functionId", text),
        Row("streaming", "gen_ai.request.stream", flag),
    ),
    first_token_events={"ai.stream.firstChunk": TtftKind.CHUNK},
)
