"""A provider's usage object, as some emitters send it whole: JSON in, counts with cached tokens inside out.

Four shapes are met: OpenAI chat (`prompt_tokens`), OpenAI responses (`input_tokens` with details), Anthropic
(`input_tokens` beside `cache_read_input_tokens`), and buckets that do not overlap (`input`, `input_cached_tokens`, …).
"""

from __future__ import annotations

from collections.abc import Mapping

from outproof.wire.otlp_values import Value
from outproof.wire.readers import count, json_object

_CACHED = ("cache_read_input_tokens", "input_cached_tokens", "input_cache_read", "cached_tokens")
_WRITTEN = ("cache_creation_input_tokens", "input_cache_creation", "cache_write_input_tokens")
_BUCKETS_WRITTEN = ("input_cache_creation_5m", "input_cache_creation_1h")
_REASONING = ("output_reasoning_tokens", "output_reasoning", "reasoning_tokens")


def input_tokens(value: Value) -> int | None:
    """All input, cached or not."""
    usage = json_object(value)
    if "prompt_tokens" in usage:
        return count(usage["prompt_tokens"])
    given = count(usage.get("input_tokens")) if "input_tokens" in usage else count(usage.get("input"))
    if given is None or not _is_outside(usage):
        return given
    return given + (_first(usage, _CACHED) or 0) + (_written(usage) or 0)


def output_tokens(value: Value) -> int | None:
    """All output, reasoning included."""
    usage = json_object(value)
    for name in ("completion_tokens", "output_tokens"):
        if name in usage:
            return count(usage[name])
    visible, reasoning = count(usage.get("output")), _first(usage, _REASONING)
    return visible if visible is None or reasoning is None else visible + reasoning


def cached_input_tokens(value: Value) -> int | None:
    """The part of the input that was read from a cache."""
    usage = json_object(value)
    found = _first(usage, _CACHED)
    return found if found is not None else _detail(usage, "cached_tokens", "prompt_tokens", "input_tokens")


def cache_write_tokens(value: Value) -> int | None:
    """The part of the input that was written to a cache."""
    return _written(json_object(value))


def reasoning_tokens(value: Value) -> int | None:
    """The part of the output that was reasoning."""
    usage = json_object(value)
    found = _first(usage, _REASONING)
    return found if found is not None else _detail(usage, "reasoning_tokens", "completion_tokens", "output_tokens")


def basis(value: Value) -> str | None:
    """Where the object counts cached tokens."""
    usage = json_object(value)
    return ("cached_outside" if _is_outside(usage) else "cached_inside") if usage else None


def _is_outside(usage: Mapping[str, Value]) -> bool:
    """Counts that do not overlap: Anthropic's own, and buckets. OpenAI's keep cached tokens in a `…_details`."""
    if "prompt_tokens" in usage or "input_tokens_details" in usage:
        return False
    return "input" in usage or "cache_read_input_tokens" in usage or "cache_creation_input_tokens" in usage


def _first(usage: Mapping[str, Value], names: tuple[str, ...]) -> int | None:
    return next((count(usage[name]) for name in names if name in usage), None)


def _written(usage: Mapping[str, Value]) -> int | None:
    parts = [count(usage[name]) or 0 for name in _BUCKETS_WRITTEN if name in usage]
    return sum(parts) if parts else _first(usage, _WRITTEN)


def _detail(usage: Mapping[str, Value], name: str, *totals: str) -> int | None:
    for total in totals:
        details = usage.get(f"{total}_details")
        if isinstance(details, dict) and name in details:
            return count(details[name])
    return None
