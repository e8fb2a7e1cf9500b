"""Facts of an ended answer in, what may be told of them in a metric or a log line out; None: unknown or unusable.

What cannot be used was counted when the answer was encoded, so it is not counted here again.
"""

from __future__ import annotations

from functools import lru_cache

from outproof.sdk.buffer import Entry
from outproof.sdk.encode import DEFAULT_NAME
from outproof.sdk.facts import BadFactError, count, error_name, flag, seconds, text

LABEL_CHARS_MAX = 100


@lru_cache(maxsize=4096)
def _known_label(value: str) -> str:
    return text(value, LABEL_CHARS_MAX)


def label(value: object) -> str | None:
    """Text with few distinct values, scrubbed."""
    if value is None:
        return None
    if type(value) is str and len(value) <= LABEL_CHARS_MAX:
        return _known_label(value)
    try:
        return text(value, LABEL_CHARS_MAX)
    except BadFactError:
        return None


def name_of(entry: Entry) -> str:
    """What the answer is called; in metrics and log lines that is its endpoint."""
    return label(entry[0]) or DEFAULT_NAME


def number(value: object) -> int | None:
    """A count of tokens; a negative one is none."""
    if value is None:
        return None
    try:
        read = value if type(value) is int else count(value)
    except BadFactError:
        return None
    return read if read >= 0 else None


def duration(value: object) -> float | None:
    """Seconds; fewer than none are none."""
    if value is None:
        return None
    try:
        read = seconds(value)
    except BadFactError:
        return None
    return read if read >= 0 else None


def ratio_of(value: object) -> float | None:
    """A share from 0 to 1; what lies beyond is none."""
    read = duration(value)
    return read if read is not None and read <= 1 else None


def duration_of(entry: Entry) -> float | None:
    """How long the answer took: as stated, else as measured."""
    return entry[5] / 1e9 if entry[6] is None else duration(entry[6])


def ended_at_s(entry: Entry) -> float:
    """When the answer ended: seconds since 1970."""
    return (entry[4] + entry[5]) / 1e9


def truth(value: object) -> bool | None:
    """True or false, and nothing that merely counts as true."""
    try:
        return flag(value)
    except BadFactError:
        return None


def error_of(entry: Entry) -> str | None:
    """The class of the error that ended the answer, never its text; None: it ended well."""
    return error_name(entry[8])
