"""A statement: what one sender says it emitted, gave up and still holds, so that a loss cannot hide."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SENDER_HEADER = "outproof-sender"
"""The header that says who wrote down what a request carries; whoever delivers it may be another process."""

_SENDER = re.compile(r"[0-9a-f]{8}(?:[0-9a-f]{8})?")


class Lane(StrEnum):
    """What senders count apart: answers and other spans, single signals, lines about items."""

    ANSWERS = "answers"
    SIGNALS = "signals"
    ITEMS = "items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a sender counted of one lane since it began.

    `waiting` is in its memory or its spool; nothing of it need arrive here under the sender's own hand.
    """

    emitted: int
    rejected: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Everything a sender counted so far. Of two statements of one sender the one with the higher number holds.

    `of_others` is what it gave up that other processes had written down, by sender, lane and reason. `ended`: the
    sender has said everything it ever will.
    """

    sender: str
    service: str
    number: int
    ended: bool = False
    lanes: Mapping[Lane, Told] = field(default_factory=dict)
    of_others: Mapping[str, Mapping[Lane, Mapping[str, int]]] = field(default_factory=dict)


def sender_of(text: str | None) -> str | None:
    """The sender that a header names; None: it names none that could be."""
    return text if text is not None and _SENDER.fullmatch(text) else None
