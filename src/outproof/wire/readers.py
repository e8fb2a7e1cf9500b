"""Readers of single attributes: a value off the wire in, a fact in our units out; None where it says nothing usable."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping

from outproof.wire.otlp_values import Value

Fact = str | int | bool | None
Reader = Callable[[Value], Fact]

TEXT_CHARS_MAX = 256
JSON_CHARS_MAX = 65_536


def text(value: Value) -> str | None:
    """A non-empty text, cut at `TEXT_CHARS_MAX`; numbers are written out."""
    if isinstance(value, str):
        return value[:TEXT_CHARS_MAX] or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def count(value: Value) -> int | None:
    """A whole number; some emitters send it as text or as a float. Negative ones pass: they are quarantined later."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**53 else None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return count(int(value))
    return None


def flag(value: Value) -> bool | None:
    """True or false; some emitters send the words."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def seconds(value: Value) -> int | None:
    """Microseconds from a number of seconds."""
    return _micros(value, 1_000_000)


def milliseconds(value: Value) -> int | None:
    """Microseconds from a number of milliseconds."""
    return _micros(value, 1_000)


def _micros(value: Value, factor: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(value * factor) if abs(value * factor) < 2**53 else None


def first(value: Value) -> str | None:
    """The first of several texts; some emitters send the list as JSON, or one text alone."""
    if isinstance(value, str) and value.startswith("["):
        value = _json(value)
    if isinstance(value, list):
        value = value[0] if value else None
    return text(value)


def json_text(key: str) -> Reader:
    """The text under one key of a JSON object."""
    return lambda value: text(_json_object(value).get(key))


def json_flag(key: str) -> Reader:
    """The truth value under one key of a JSON object."""
    return lambda value: flag(_json_object(value).get(key))


def one_of(words: Mapping[str, str]) -> Reader:
    """Our word for one of the emitter's; None for words we do not know."""
    return lambda value: words.get(value) if isinstance(value, str) else None


def _json(value: str) -> Value:
    if len(value) > JSON_CHARS_MAX:
        return None
    try:
        parsed: Value = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return parsed


def _json_object(value: Value) -> dict[str, Value]:
    parsed = _json(value) if isinstance(value, str) else value
    return parsed if isinstance(parsed, dict) else {}
