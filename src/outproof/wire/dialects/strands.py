"""Strands Agents: which attribute says what, beside the OpenTelemetry names it writes itself."""

from __future__ import annotations

from outproof.wire.dialects.table import Basis, Dialect, Row, TtftKind
from outproof.wire.readers import count, milliseconds, text

_MARK = "gen_ai.event.start_time"

STRANDS = Dialect(
    name="strands",
    emitter="Strands Agents",
    source="strands-agents 1.x, telemetry/tracer.py",
    says_end=True,
    scopes=("strands",),
    rows=(
        Row(
            "ttft_us",
            "gen_ai.server.time_to_first_token",
            milliseconds,
            "milliseconds; named after the server, measured at the client",
            needs=_MARK,
            ttft=TtftKind.CHUNK,
            wins=True,
        ),
        Row(
            "cached_input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            count,
            "beside the input or inside it, as the provider has it",
            needs=_MARK,
            basis=Basis.EITHER,
            wins=True,
        ),
        Row("cache_write_tokens", "gen_ai.usage.cache_write_input_tokens", count, basis=Basis.EITHER),
        Row("tool_status", "gen_ai.tool.status", text),
        Row("tool_status", "tool.status", text, needs=_MARK),
    ),
    finish_events={"gen_ai.choice": "finish_reason"},
)
