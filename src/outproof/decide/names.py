"""What conditions may speak of: the facts of one answer (invariants) and the measures of a window (thresholds)."""

from __future__ import annotations

from outproof.decide.expression import ValueType

_FLAG, _TEXT, _NUMBER = ValueType.FLAG, ValueType.TEXT, ValueType.NUMBER
_RATIO, _DURATION, _MONEY = ValueType.RATIO, ValueType.DURATION, ValueType.MONEY

ANSWER_FACTS = {
    "unsafe_claim_served": _FLAG,
    "failed": _FLAG,
    "streaming": _FLAG,
    "route": _TEXT,
    "first_failed_stage": _TEXT,
    "template_id": _TEXT,
    "evidence_version": _TEXT,
    "case_id": _TEXT,
    "segment": _TEXT,
    "environment": _TEXT,
    "deploy": _TEXT,
    "operation": _TEXT,
    "provider": _TEXT,
    "model": _TEXT,
    "finish_reason": _TEXT,
    "error_type": _TEXT,
    "input_tokens": _NUMBER,
    "cached_input_tokens": _NUMBER,
    "output_tokens": _NUMBER,
    "ttft": _DURATION,
    "duration": _DURATION,
}
"""Facts of one answer. Each is the column of that name; `ttft` and `duration` are the `…_us` columns in seconds."""

MEASURES = {
    "answers": _NUMBER,
    "calls": _NUMBER,
    "decided": _NUMBER,
    "unsafe": _NUMBER,
    "unsafe_rate": _RATIO,
    "unsafe_serve_rate": _RATIO,
    "supported_serve_rate": _RATIO,
    "safe_route_rate": _RATIO,
    "abstention_rate": _RATIO,
    "unverified_rate": _RATIO,
    "error_rate": _RATIO,
    "broken_stream_rate": _RATIO,
    "retry_rate": _RATIO,
    "ttft_p50": _DURATION,
    "ttft_p90": _DURATION,
    "ttft_p95": _DURATION,
    "ttft_p99": _DURATION,
    "duration_p50": _DURATION,
    "duration_p90": _DURATION,
    "duration_p95": _DURATION,
    "duration_p99": _DURATION,
    "tokens_per_s": _NUMBER,
    "input_tokens": _NUMBER,
    "cached_input_tokens": _NUMBER,
    "output_tokens": _NUMBER,
    "cost": _MONEY,
}
"""Measures of a window. `decided` counts the answers that say whether an unsafe claim was served."""

CALL_MEASURES = frozenset(
    {
        "calls",
        "error_rate",
        "broken_stream_rate",
        "retry_rate",
        "ttft_p50",
        "ttft_p90",
        "ttft_p95",
        "ttft_p99",
        "duration_p50",
        "duration_p90",
        "duration_p95",
        "duration_p99",
        "tokens_per_s",
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
        "cost",
    }
)
"""The measures that are taken over calls of a model; the others are taken over answers."""
