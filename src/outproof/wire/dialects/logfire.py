"""Logfire's instrumentations of model clients: which attribute says what, beside the OpenTelemetry names they write.

A stream is two of its spans: one that opened it, and when it is over one without a length, which says how long it took.
"""

from __future__ import annotations

from outproof.wire import usage_object as usage
from outproof.wire.dialects.table import Dialect, Row
from outproof.wire.folding import finish_reason, provider
from outproof.wire.otlp_values import Value
from outproof.wire.readers import folded, json_flag, json_text, of_first, seconds, text

_TEMPLATE, _TYPE = "logfire.msg_template", "logfire.span_type"
_REQUEST, _USAGE = "request_data", "gen_ai.usage.raw"


def _streams(value: Value) -> bool | None:
    return True if isinstance(value, str) and value.startswith("streaming response") else None


LOGFIRE = Dialect(
    name="logfire",
    emitter="Logfire's instrumentations of model clients",
    source="logfire 5.2.0 and 5.4.0",
    says_end=True,
    echoes_model=True,
    opens_streams=True,
    scopes=("logfire",),
    rows=(
        Row("provider", "gen_ai.provider", folded(text, provider), needs=_TEMPLATE),
        Row("model_request", _REQUEST, json_text("model"), "in its JSON", needs=_TEMPLATE),
        Row("streaming", _REQUEST, json_flag("stream"), "in its JSON", needs=_TEMPLATE),
        Row("streaming", _TEMPLATE, _streams, "by its beginning: `streaming response`"),
        Row(
            "finish_reason",
            "gen_ai.output.messages",
            folded(of_first("finish_reason"), finish_reason),
            "in its JSON; nothing else of it is looked at",
            needs=_TYPE,
        ),
        Row("input_tokens", _USAGE, usage.input_tokens, "in its JSON", wins=True),
        Row("cached_input_tokens", _USAGE, usage.cached_input_tokens, "in its JSON"),
        Row("cache_write_tokens", _USAGE, usage.cache_write_tokens, "in its JSON"),
        Row("reasoning_tokens", _USAGE, usage.reasoning_tokens, "in its JSON"),
        Row("usage_basis", _USAGE, usage.basis, "by the shape of its JSON"),
        Row("duration_us", "duration", seconds, "seconds; of a stream, told when it is over", needs=_TYPE),
    ),
)
