"""OpenLIT: which attribute says what, beside the OpenTelemetry names it writes itself."""

from __future__ import annotations

from outproof.wire.dialects.table import Basis, Dialect, Row, TtftKind
from outproof.wire.readers import arguments, count, flag, seconds, text

_MARK = "gen_ai.application_name"
_PROMPT, _COMPLETION = "gen_ai.usage.prompt_tokens_details.", "gen_ai.usage.completion_tokens_details."

OPENLIT = Dialect(
    name="openlit",
    emitter="OpenLIT",
    source="openlit 1.45.0",
    says_end=True,
    scopes=("openlit",),
    rows=(
        Row("streaming", "gen_ai.request.is_stream", flag),
        Row("cached_input_tokens", f"{_PROMPT}cached_tokens", count, "older versions", basis=Basis.INSIDE),
        Row("cached_input_tokens", f"{_PROMPT}cache_read", count, "older versions", basis=Basis.INSIDE),
        Row("cache_write_tokens", f"{_PROMPT}cache_creation_tokens", count, "older versions", basis=Basis.INSIDE),
        Row("cache_write_tokens", f"{_PROMPT}cache_write", count, "older versions", basis=Basis.INSIDE),
        Row("reasoning_tokens", f"{_COMPLETION}reasoning_tokens", count),
        Row("reasoning_tokens", f"{_COMPLETION}reasoning", count),
        Row(
            "ttft_us",
            "gen_ai.server.time_to_first_token",
            seconds,
            "seconds; named after the server, measured at the client",
            needs=_MARK,
            ttft=TtftKind.CHUNK,
            wins=True,
        ),
        Row("conversation_id", "gen_ai.session.id", text),
        Row("tool_input_hash", "gen_ai.tool.args", arguments, "hashed, never kept"),
    ),
)
