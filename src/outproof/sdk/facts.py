"""Whatever an application hands over in, facts of a known kind out; what is of another kind is left out and counted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from operator import index
from typing import TypeVar
from uuid import UUID

from outproof.sdk.guard import faults, never_raises
from outproof.sdk.safe import own_ids, safe_text

T = TypeVar("T")

TEXT_CHARS_MAX = 512
EVIDENCE_FACTS_MAX = 64
MEASURED_MAX = 20  # values of one proof
COUNT_MAX = 10**12  # items of one run
OTHER_ERROR = "_OTHER"  # what OpenTelemetry calls an error without a name

Fact = str | int | float | bool

_INT64 = 1 << 63
_TYPE_NAME = re.compile(r"[A-Za-z_][\w.<>]{0,127}")


class BadFactError(ValueError):
    """A value of a kind that its attribute cannot hold."""


def text(value: object, chars_max: int = TEXT_CHARS_MAX) -> str:
    """The value as one bounded line without what must not be kept: text itself, whole numbers and UUIDs.

    Scrubbing comes before the cut, which is marked by an ellipsis: half a secret would not be known for one.

    Raises:
        BadFactError: it is something else, whose text might be anything.
    """
    return _line(safe_text(_plain(value)), chars_max)


def own_id(value: object) -> str:
    """The value as the name of something of the application's: as `text`, but two names never become one.

    Raises:
        BadFactError: as `text` does.
    """
    return _line(own_ids.safe(_plain(value)), TEXT_CHARS_MAX)


def _plain(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | UUID):
        raise BadFactError
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        raise BadFactError
    return str.__str__(value) if isinstance(value, str) else str(value)


def _line(plain: str, chars_max: int) -> str:
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
    if not _is_flag(value):
        raise BadFactError
    return bool(value)


def _is_flag(value: object) -> bool:
    return type(value).__name__ in ("bool", "bool_")


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


def readable(value: object) -> str | None:
    """The value as bounded text; None when there is none, or none that can be read."""
    return None if value is None else usable(text, value)


def readable_id(value: object) -> str | None:
    """The value as the name of something; None when there is none, or none that can be read."""
    return None if value is None else usable(own_id, value)


def error_name(error: object) -> str | None:
    """The name of an error's class, from the error, from the class or as given; never a text. None: no error."""
    if error is None:
        return None
    if isinstance(error, BaseException):
        error = type(error)
    name = readable(error.__qualname__ if isinstance(error, type) else error)
    return name if name and _TYPE_NAME.fullmatch(name) else OTHER_ERROR


def counts_of(**counts: object) -> dict[str, int]:
    """The counts that were given and can be numbers of items."""
    read = {name: usable(_number_of_items, value) for name, value in counts.items() if value is not None}
    return {name: number for name, number in read.items() if number is not None}


def _number_of_items(value: object) -> int:
    number = count(value)
    if not 0 <= number <= COUNT_MAX:
        raise BadFactError  # the server would refuse all that comes with it
    return number


def _no_facts(*_: object) -> dict[str, Fact]:
    return {}


@never_raises(_no_facts)
def facts_of(evidence: object) -> dict[str, Fact]:
    """The evidence that can be written: short names with text, numbers, true or false. The rest is counted."""
    if evidence is None:
        return {}
    if not isinstance(evidence, Mapping):
        faults.count("bad_fact")
        return {}
    facts: dict[str, Fact] = {}
    for name, value in evidence.items():
        if value is None:
            continue
        key, fact = usable(text, name), usable(_fact, value)
        if key is not None and fact is not None and len(facts) < EVIDENCE_FACTS_MAX:
            facts[key] = fact
        elif len(facts) >= EVIDENCE_FACTS_MAX:
            faults.count("bad_fact")
    return facts


def measured_of(values: object) -> dict[str, Fact]:
    """What was measured: names with numbers, true or false. A text is no measured value; it is left out and counted."""
    measured: dict[str, Fact] = {}
    for name, fact in facts_of(values).items():
        if isinstance(fact, str) or not name or len(measured) >= MEASURED_MAX:
            faults.count("bad_fact")
        else:
            measured[name] = fact
    return measured


def _fact(value: object) -> Fact:
    if _is_flag(value):
        return bool(value)
    if hasattr(value, "__index__"):
        return count(value)
    if hasattr(value, "__float__"):
        return seconds(value)
    return text(value)
