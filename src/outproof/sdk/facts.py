"""Whatever an application hands over in, facts of a known kind out; what is of another kind is left out and counted."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import index
from typing import TypeVar
from uuid import UUID

from outproof.sdk.guard import faults, never_raises

T = TypeVar("T")

TEXT_CHARS_MAX = 512
_INT64 = 1 << 63


class BadFactError(ValueError):
    """A value of a kind that its attribute cannot hold."""


def text(value: object, chars_max: int = TEXT_CHARS_MAX) -> str:
    """The value as one bounded line: text itself, whole numbers and UUIDs; a cut is marked by an ellipsis.

    Raises:
        BadFactError: it is something else, whose text might be anything.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | UUID):
        raise BadFactError
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        raise BadFactError
    plain = str.__str__(value) if isinstance(value, str) else str(value)
    if len(plain) > chars_max:
        plain = plain[: chars_max - 1] + "…"
    # One printable line: line breaks, half characters and invisible ones would have the whole signal refused.
    return plain if plain.isprintable() else "".join(each if each.isprintable() else " " for each in plain)


def count(value: object) -> int:
    """The value as a whole number of 64 bits, numpy's included. True is not 1 here."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise BadFactError
    number = index(value)
    if not -_INT64 <= number < _INT64:
        raise BadFactError
    return number


def seconds(value: object) -> float:
    """The value as a finite float. A negative duration passes: the server sets it aside where people can see it."""
    if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
        raise BadFactError
    number = float(value)
    if not math.isfinite(number):
        raise BadFactError
    return number


def flag(value: object) -> bool:
    """True or False, numpy's included, and nothing that merely counts as true."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise BadFactError
    return bool(value)


def _bad_fact(*_: object) -> None:
    faults.count("bad_fact")


@never_raises(_bad_fact)
def usable(read: Callable[[object], T], fact: object) -> T | None:
    """What a reader makes of a fact; None when it can make nothing of it, or the fact's own methods fail."""
    try:
        return read(fact)
    except BadFactError:
        _bad_fact()
        return None
