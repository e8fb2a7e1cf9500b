"""Pydantic AI: which attribute says what, beside the OpenTelemetry names it writes itself."""

from __future__ import annotations

from outproof.wire.dialects.table import Basis, Dialect, Row
from outproof.wire.readers import arguments, count, text

PYDANTIC_AI = Dialect(
    name="pydantic_ai",
    emitter="Pydantic AI",
    source="pydantic-ai-slim 2.68.0",
    says_end=True,
    scopes=("pydantic-ai",),
    rows=(
        Row("cached_input_tokens", "gen_ai.usage.details.cache_read_tokens", count, basis=Basis.INSIDE),
        Row("cached_input_tokens", "gen_ai.usage.details.cached_tokens", count, basis=Basis.INSIDE),
        Row("cache_write_tokens", "gen_ai.usage.details.cache_write_tokens", count, basis=Basis.INSIDE),
        Row("reasoning_tokens", "gen_ai.usage.details.reasoning_tokens", count),
        Row("agent", "agent_name", text, needs="logfire.msg"),
        Row("tool_input_hash", "tool_arguments", arguments, "hashed, never kept", needs="logfire.msg"),
    ),
)
