"""Anthropic's own spans: its SDKs, its API's server side, and Claude Code."""

from __future__ import annotations

from outproof.wire.dialects.table import Basis, Dialect, Row, TtftKind
from outproof.wire.folding import finish_reason, provider
from outproof.wire.readers import count, flag, folded, milliseconds, one_of, resends, text

_MARK = "span.type"
_KINDS = {"llm_request": "chat", "tool": "execute_tool", "interaction": "invoke_agent", "hook": "invoke_workflow"}

ANTHROPIC = Dialect(
    name="anthropic",
    emitter="Anthropic's SDKs and API",
    source="anthropic 2.11.0; its span reference (beta, 2026-10)",
    says_end=True,
    scopes=("com.anthropic.sdk", "com.anthropic.claude-platform"),
    rows=(
        Row("finish_reason", "anthropic.message.stop_reason", folded(text, finish_reason)),
        Row("attempt", "http.request.resend_count", resends, "the sends before it, and one"),
        Row("service_tier", "anthropic.response.service_tier", text),
        Row("conversation_id", "anthropic.session.id", text),
    ),
)

CLAUDE_CODE = Dialect(
    name="claude_code",
    emitter="Claude Code",
    source="spans of 2.1.224 and 2.1.266 as published by others",
    says_end=True,
    scopes=("com.anthropic.claude_code",),
    rows=(
        Row("operation", _MARK, one_of(_KINDS)),
        Row("provider", "gen_ai.system", folded(text, provider), needs=_MARK),
        Row("model", "model", text, needs=_MARK),
        Row("response_id", "request_id", text, needs=_MARK),
        Row("finish_reason", "stop_reason", folded(text, finish_reason), needs=_MARK),
        Row("streaming", "stream", flag, needs=_MARK),
        Row("error_type", "error", text, "its class, where one is given", needs=_MARK),
        Row("input_tokens", "input_tokens", count, needs=_MARK),
        Row("cached_input_tokens", "cache_read_tokens", count, needs=_MARK, basis=Basis.OUTSIDE),
        Row("cache_write_tokens", "cache_creation_tokens", count, needs=_MARK, basis=Basis.OUTSIDE),
        Row("output_tokens", "output_tokens", count, needs=_MARK),
        Row("ttft_us", "ttft_ms", milliseconds, "milliseconds", needs=_MARK, ttft=TtftKind.TOKEN),
        Row("attempt", "attempt", count, needs=_MARK),
        Row("tool", "tool_name", text, needs=_MARK),
        Row("tool_call_id", "tool_use_id", text, needs=_MARK),
    ),
)
