"""Readers of single attributes: a value off the wire in, a fact in our units out; None where it says nothing usable."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from outproof.wire.otlp_values import Value

Fact = str | int | bool | None
Reader = Callable[[Value], Fact]

TEXT_CHARS_MAX = 256
JSON_CHARS_MAX = 65_536
_JSON_REMEMBERED_CHARS_MAX = 4_096


def text(value: Value) -> str | None:
    """A non-empty text, cut at `TEXT_CHARS_MAX`; numbers are written out."""
    if isinstance(value, str):
        return value[:TEXT_CHARS_MAX] or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def count(value: Value) -> int | None:
    """A whole number; some emitters send it as text, as a float, or as the text `{"intValue": 37}`.

    Negative ones pass: they are quarantined later.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**53 else None
    if isinstance(value, str) and value.startswith('{"intValue"'):
        return count(json_object(value).get("intValue"))
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return count(int(value))
    return None


def chance(value: Value) -> int | None:
    """A chance in millionths, above none and at most certain."""
    found = count(value)
    return found if found is not None and 0 < found <= 1_000_000 else None


def resends(value: Value) -> int | None:
    """Which attempt it was that came through, from how often the request was sent again."""
    again = count(value)
    return None if again is None else again + 1


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


def nanos(value: Value) -> int | None:
    """Nanoseconds since 1970 from a point in time in ISO 8601, also between quotes."""
    if not isinstance(value, str) or len(value) > TEXT_CHARS_MAX:
        return None
    try:
        moment = datetime.fromisoformat(value.strip('"'))
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000


def first(value: Value) -> str | None:
    """The first of several texts; some emitters send the list as JSON, as Python writes it, or one text alone."""
    if isinstance(value, str) and value.startswith("["):
        value = _json(value) or _json(value.replace("'", '"'))
    if isinstance(value, list):
        value = value[0] if value else None
    return text(value)


def json_text(key: str) -> Reader:
    """The text under one key of a JSON object."""
    return lambda value: text(json_object(value).get(key))


def of_first(key: str) -> Callable[[Value], str | None]:
    """The text under one key of the first of several JSON objects."""

    def read(value: Value) -> str | None:
        parsed = _json(value) if isinstance(value, str) else value
        head = parsed[0] if isinstance(parsed, list) and parsed else None
        return text(head.get(key)) if isinstance(head, dict) else None

    return read


def json_flag(key: str) -> Reader:
    """The truth value under one key of a JSON object."""
    return lambda value: flag(json_object(value).get(key))


def json_path(read: Reader, *paths: str) -> Reader:
    """What `read` makes of the value at the first of these paths, with dots, that a JSON object has."""

    def found(value: Value) -> Fact:
        held = json_object(value)
        for path in paths:
            inner: Value = held
            for key in path.split("."):
                inner = inner.get(key) if isinstance(inner, dict) else None
            if inner is not None:
                return read(inner)
        return None

    return found


def json_count(key: str) -> Reader:
    """The count under one key of a JSON object."""
    return lambda value: count(json_object(value).get(key))


def one_of(words: Mapping[str, str]) -> Reader:
    """Our word for one of the emitter's; None for words we do not know."""
    return lambda value: words.get(value) if isinstance(value, str) else None


def folded(read: Callable[[Value], str | None], fold: Callable[[str], str]) -> Reader:
    """A text in the one spelling that `fold` gives it."""

    def spelled(value: Value) -> str | None:
        found = read(value)
        return None if found is None else fold(found)

    return spelled


def quoted(read: Reader) -> Reader:
    """What `read` makes of a value that is written as JSON, quotes and all; plain values are read as they are."""

    def unquoted(value: Value) -> Fact:
        inner = _json(value) if isinstance(value, str) else None
        return read(value if inner is None else inner)

    return unquoted


def arguments(value: Value) -> str | None:
    """What a tool was called with, in one spelling whatever the order and spacing; only ever hashed, never kept."""
    parsed = _json(value) if isinstance(value, str) else value
    if parsed is None or isinstance(parsed, bytes):
        return value.strip() or None if isinstance(value, str) else None
    try:
        return json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # bytes inside, or nested too deep
        return None


def json_object(value: Value) -> dict[str, Value]:
    """An object in JSON, as Python writes it, or as it is; an empty one for everything else."""
    parsed = _json(_as_json(value)) if isinstance(value, str) else value
    return parsed if isinstance(parsed, dict) else {}


def _as_json(value: str) -> str:
    """An object of numbers as Python writes it, as JSON; everything else as it is."""
    if not value.startswith("{'"):
        return value
    for python, json_word in (("'", '"'), ("None", "null"), ("True", "true"), ("False", "false")):
        value = value.replace(python, json_word)
    return value


def _json(value: str) -> Value:
    return _remembered_json(value) if len(value) <= _JSON_REMEMBERED_CHARS_MAX else _parsed_json(value)


def _parsed_json(value: str) -> Value:
    if len(value) > JSON_CHARS_MAX:
        return None
    try:
        parsed: Value = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return parsed


_remembered_json = lru_cache(maxsize=512)(_parsed_json)
"""One object often carries several facts, and each is read on its own."""
