"""OpenTelemetry GenAI semantic conventions, v1.27 to v1.41 and the draft in its new home: which attribute says what."""

from __future__ import annotations

from outproof.core.attributes import Common, GenAi
from outproof.wire.dialects.table import Basis, Dialect, Row, TtftKind
from outproof.wire.folding import finish_reason, operation, provider
from outproof.wire.readers import arguments, count, first, flag, folded, seconds, text

OTEL_GENAI = Dialect(
    name="otel_genai",
    emitter="OpenTelemetry GenAI: official instrumentations, and everybody who follows them",
    source="semantic-conventions v1.36.0 to v1.41.1; semantic-conventions-genai (unreleased draft, 2026-09)",
    says_end=True,
    rows=(
        Row("operation", GenAi.OPERATION, folded(text, operation)),
        Row("provider", GenAi.PROVIDER, folded(text, provider), "since v1.37"),
        Row("provider", "gen_ai.system", folded(text, provider), "until v1.36"),
        Row("model_request", GenAi.REQUEST_MODEL, text),
        Row("model", GenAi.RESPONSE_MODEL, text),
        Row("response_id", GenAi.RESPONSE_ID, text),
        Row("finish_reason", GenAi.FINISH_REASONS, folded(first, finish_reason), "the first choice's"),
        Row("finish_reason", "gen_ai.response.finish_reason", folded(first, finish_reason)),
        Row("streaming", GenAi.STREAM, flag, "since v1.41"),
        Row("error_type", Common.ERROR_TYPE, text),
        Row("input_tokens", GenAi.INPUT_TOKENS, count, "since v1.27"),
        Row("input_tokens", "gen_ai.usage.prompt_tokens", count, "until v1.26"),
        Row("cached_input_tokens", GenAi.CACHED_INPUT_TOKENS, count, "since v1.40", basis=Basis.INSIDE),
        Row("cached_input_tokens", "gen_ai.usage.cached_input_tokens", count, basis=Basis.INSIDE),
        Row("cache_write_tokens", "gen_ai.usage.cache_write.input_tokens", count, "draft", basis=Basis.INSIDE),
        Row("cache_write_tokens", GenAi.CACHE_WRITE_TOKENS, count, "v1.40 and v1.41", basis=Basis.INSIDE),
        Row("reasoning_tokens", GenAi.REASONING_TOKENS, count, "since v1.41"),
        Row("output_tokens", GenAi.OUTPUT_TOKENS, count, "since v1.27"),
        Row("output_tokens", "gen_ai.usage.completion_tokens", count, "until v1.26"),
        Row("ttft_us", GenAi.TIME_TO_FIRST_CHUNK_S, seconds, "seconds; since v1.41", ttft=TtftKind.CHUNK),
        Row("ttft_us", "gen_ai.server.time_to_first_token", seconds, "seconds; a metric's name", ttft=TtftKind.SERVER),
        Row("conversation_id", "gen_ai.conversation.id", text, "since v1.34"),
        Row("conversation_id", "session.id", text),
        Row("agent", "gen_ai.agent.name", text),
        Row("agent", "gen_ai.agent.id", text),
        Row("tool", "gen_ai.tool.name", text),
        Row("tool_call_id", "gen_ai.tool.call.id", text),
        Row("tool_input_hash", "gen_ai.tool.call.arguments", arguments, "hashed, never kept; since v1.38"),
        Row("service_tier", "openai.response.service_tier", text, "since v1.37"),
        Row("service_tier", "gen_ai.openai.response.service_tier", text, "until v1.36"),
        Row("service_tier", "gen_ai.response.service_tier", text),
        Row("service_tier", "openai.request.service_tier", text, "what was asked for"),
        Row("service_tier", "gen_ai.openai.request.service_tier", text, "what was asked for; until v1.36"),
        Row("template_id", "gen_ai.prompt.name", text, "draft on model calls"),
    ),
    finish_events={"gen_ai.choice": "finish_reason"},
)
