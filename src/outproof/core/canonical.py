"""One byte form per JSON value (RFC 8785, restricted to what has only one): a value in, UTF-8 bytes out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

INTEGER_MAX = 2**53 - 1
"""Beyond it, readers that keep numbers as doubles would see another number: such integers are written as text."""


def canonical(value: Any) -> bytes:
    """The bytes of a JSON value: keys in the order of their UTF-16 code units, no spaces, the shortest escapes.

    Raises:
        ValueError: it holds a number with a fraction, one beyond 2^53, or something that is no JSON.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def plain_json(value: Any) -> Any:
    """The value without what has several byte forms: fractions and great integers as text, lone surrogates replaced."""
    match value:
        case bool() | None:
            return value
        case int():
            return int(value) if abs(value) <= INTEGER_MAX else str(value)
        case float():
            return repr(value)
        case str():
            return value.encode("utf-8", "replace").decode()
        case Mapping():
            return {plain_json(str(key)): plain_json(inner) for key, inner in value.items()}
        case Sequence():
            return [plain_json(inner) for inner in value]
    raise ValueError(f"expected a JSON value, got one of type {type(value).__name__}")


def _ordered(value: Any) -> Any:
    match value:
        case bool() | None:
            return value
        case int() if abs(value) <= INTEGER_MAX:
            return value
        case str():
            return value
        case Mapping():
            return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
        case list() | tuple():
            return [_ordered(inner) for inner in value]
    raise ValueError(f"expected text, a whole number up to 2^53, true, false, null, a list or an object, got {value!r}")
