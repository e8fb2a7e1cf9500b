"""Histories in a line, for tests: how many answers of each minute were unsafe, and when they came."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from outproof.core.errors import Permanent, Transient
from outproof.core.time import Instant
from outproof.decide.evaluate import BREACHES
from outproof.decide.policy import Policy
from outproof.decide.question import Span
from outproof.learn.history import COST, PRICED, History, Key, Strand
from outproof.measure.minutes import minute_of, minute_start
from outproof.measure.sliding import IN_TIME, Minutely

NAMES = ("answers", "requests", "unsafe", "unsafe_known", BREACHES, COST, PRICED)
FIRST = minute_of(Instant(1_800_000_000_000_000_000))
START = minute_start(FIRST)

Minutes = Mapping[int, tuple[int, int]]
"""By minute after the start: answers, and how many of them were unsafe."""


def minute(number: int) -> Instant:
    return minute_start(FIRST + number)


def strand(minutes: Minutes, came: Callable[[int], int] = lambda _: IN_TIME) -> Strand:
    rows = [(each, answers, answers, unsafe, answers, unsafe, 0, 0) for each, (answers, unsafe) in minutes.items()]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(NAMES) + 1)
    first_seen = np.array([came(each) for each in minutes], dtype=np.int64)
    return Strand(Minutely(table[:, 0] + FIRST, np.where(first_seen > 0, first_seen + FIRST, IN_TIME), table[:, 1:]))


def a_history(minutes: Minutes, came: Callable[[int], int] = lambda _: IN_TIME) -> History:
    return History(names=NAMES, strands={Key(None): strand(minutes, came)}, known_ratio=1.0)


class GivenHistories:
    """Histories that a test gives, in portions. `fails` is what the next reads raise."""

    def __init__(self, history: History, portions: int = 3) -> None:
        self.history = history
        self.portions = portions
        self.fails: list[Transient | Permanent] = []
        self.opened: list[Span] = []

    def open(self, policy: Policy, span: Span) -> GivenReading:
        self.opened.append(span)
        return GivenReading(self)


class GivenReading:
    def __init__(self, given: GivenHistories) -> None:
        self._given = given
        self._read = 0
        self.history = given.history

    def read(self) -> float:
        if self._given.fails:
            raise self._given.fails.pop(0)
        self._read += 1
        return self._read / self._given.portions
