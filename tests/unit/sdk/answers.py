"""A buffer that keeps what ends, and functions that are monitored into it, for tests to look at."""

from collections.abc import Callable
from typing import Any

from outproof.sdk.answer import Answer
from outproof.sdk.buffer import Buffer, Entry
from outproof.sdk.ledger import Ledger
from outproof.sdk.monitored import monitored

F = Callable[..., Any]


def a_buffer() -> Buffer:
    """One that takes answers, and wakes nobody."""
    buffer = Buffer(Ledger())
    buffer.closed = None
    buffer.attended = True
    return buffer


def into(buffer: Buffer) -> Callable[[F], F]:
    """A decorator as `monitor` is one, with this buffer."""
    return lambda function: monitored(function, lambda *_: Answer(buffer, "answer"))


def facts_of(entry: Entry) -> dict[str, object]:
    return entry[7]


def error_of(entry: Entry) -> object:
    return entry[8]


def only(buffer: Buffer) -> Entry:
    """The one answer that ended since the last look."""
    (entry,) = buffer.take()
    return entry
